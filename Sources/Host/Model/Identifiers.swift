/// A random or given text that names one thing of a kind; kinds cannot be mixed up.
package struct Identifier<Kind>: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    /// The text as it is stored and served.
    package let description: String

    /// Takes the text as it is.
    package init(_ text: String) { description = text }

    /// Decodes from a bare string.
    package init(from decoder: any Decoder) throws {
        description = try decoder.singleValueContainer().decode(String.self)
    }

    /// Encodes as a bare string.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// By text.
    package static func < (left: Self, right: Self) -> Bool { left.description < right.description }

    /// `prefix` and 128 random bits in hexadecimal.
    package static func random(
        prefix: String = "", using generator: inout some RandomNumberGenerator
    ) -> Self {
        let words = (generator.next() as UInt64, generator.next() as UInt64)
        return Self(prefix + hexadecimal(words.0) + hexadecimal(words.1))
    }

    /// `prefix` and 128 bits of the system's random source.
    package static func random(prefix: String = "") -> Self {
        var generator = SystemRandomNumberGenerator()
        return random(prefix: prefix, using: &generator)
    }

    private static func hexadecimal(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// The kinds of things that have identifiers.
package enum IdentifierKind {
    package enum Organization {}
    package enum Connection {}
    package enum Grant {}
    package enum Attempt {}
    package enum Host {}
    package enum Boot {}
    package enum Flow {}
}

/// A tenant.
package typealias OrganizationID = Identifier<IdentifierKind.Organization>
/// One owner's authorized relationship to one provider.
package typealias ConnectionID = Identifier<IdentifierKind.Connection>
/// One redeemed grant; a reconnect brings a new one (PROTOCOL.md §2).
package typealias GrantID = Identifier<IdentifierKind.Grant>
/// 128 random bits, chosen before T1 (PROTOCOL.md §2).
package typealias AttemptID = Identifier<IdentifierKind.Attempt>
/// A host, as its spool folder knows it.
package typealias HostID = Identifier<IdentifierKind.Host>
/// One start of a host.
package typealias BootID = Identifier<IdentifierKind.Boot>

extension BootID {
    /// Of a host whose process of now still holds what an earlier one was given.
    package static let unsettled = BootID("unsettled")
}

/// One authorization on its way through the browser.
package typealias FlowID = Identifier<IdentifierKind.Flow>

/// One refresh token and its descendants: the protocol's unit (DESIGN.md §2).
package struct LineID: Sendable, Hashable, Codable, CustomStringConvertible {
    package let connection: ConnectionID
    /// `default` unless a provider's answer holds several refresh tokens.
    package let name: String

    /// The name of a connection's only line, or of its first.
    package static let first = "default"

    package init(connection: ConnectionID, name: String = first) {
        self.connection = connection
        self.name = name
    }

    /// `connection/name`.
    package var description: String { "\(connection)/\(name)" }
}

/// An organization's OAuth client of one connector: breakers, rate limits and the rotation class are per client.
package struct ClientKey: Sendable, Hashable, Codable, CustomStringConvertible {
    package let organization: OrganizationID
    package let connector: String
    /// `default` unless named.
    package let name: String

    package init(organization: OrganizationID, connector: String, name: String = "default") {
        self.organization = organization
        self.connector = connector
        self.name = name
    }

    /// `organization/connector/name`.
    package var description: String { "\(organization)/\(connector)/\(name)" }
}
