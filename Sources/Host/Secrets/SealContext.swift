import Foundation
package import Model

/// What kind of secret a seal holds: one kind never opens as another.
package enum SealKind: String, Sendable, Hashable, CaseIterable {
    case tokenSet = "token_set"
    case spoolEntry = "spool_entry"
    /// The verifier of RFC 7636.
    case verifier
    case clientSecret = "client_secret"
    case clientPrivateKey = "client_private_key"
    case clientCertificate = "client_certificate"
    /// A secret input of a definition.
    case input
    case cookie
    /// Anything else that belongs to an authorization on its way through the browser.
    case flow
    /// The probe of `KeyRing.prepare`; never stored.
    case probe
}

/// Where a seal belongs: opening it anywhere else fails (SECURITY 20).
package struct SealContext: Sendable, Hashable {
    package var organization: OrganizationID
    /// Nil for what belongs to the organization as a whole, such as a client secret.
    package var connection: ConnectionID?
    package var kind: SealKind
    /// The attempt id of a token set or spool entry; of other things what tells them apart, such as an input's name.
    package var version: String

    package init(organization: OrganizationID, connection: ConnectionID? = nil, kind: SealKind, version: String) {
        self.organization = organization
        self.connection = connection
        self.kind = kind
        self.version = version
    }

    /// What the seal authenticates beside the secret.
    func authenticated(key: DataKeyID) -> Data {
        LengthPrefixed(
            "seal 1",
            [organization.description, connection?.description, kind.rawValue, version, key.description]
        ).bytes
    }
}
