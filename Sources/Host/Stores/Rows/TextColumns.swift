package import ConnectorSDK
import Foundation
package import Model

/// A value that is stored as a text which people can read.
package protocol TextColumn: Column {
    /// As it is stored.
    var text: String { get }
    /// Reads what `text` gave.
    init?(text: String)
}

extension TextColumn {
    package func bind(to parameter: any ColumnParameter) -> CInt { parameter.bind(text) }
    package init?(_ fields: any ColumnFields, _ index: CInt) {
        guard let text = fields.text(index) else { return nil }
        self.init(text: text)
    }
}

extension TextColumn where Self: RawRepresentable, RawValue == String {
    package var text: String { rawValue }
    package init?(text: String) { self.init(rawValue: text) }
}

extension Attempt.State: TextColumn {}
extension Attempt.Purpose: TextColumn {}
extension TokenVersion.Status: TextColumn {}
extension ConnectionRecord.Revocation: TextColumn {}
extension EventRecord.Kind: TextColumn {}
extension ConnectionStatus: TextColumn {}

/// `active`, `needs_reauthorization:refused`.
extension LineState: TextColumn {
    package var text: String {
        switch self {
        case .pending: "pending"
        case .active: "active"
        case .degraded: "degraded"
        case .recovering: "recovering"
        case .suspect: "suspect"
        case .needsReauthorization(let reason): "needs_reauthorization:" + reason.rawValue
        case .revoked: "revoked"
        case .verify: "verify"
        }
    }

    package init?(text: String) {
        switch text {
        case "pending": self = .pending
        case "active": self = .active
        case "degraded": self = .degraded
        case "recovering": self = .recovering
        case "suspect": self = .suspect
        case "revoked": self = .revoked
        case "verify": self = .verify
        case "needs_reauthorization:refused": self = .needsReauthorization(.refused)
        case "needs_reauthorization:lost_in_rotation": self = .needsReauthorization(.lostInRotation)
        case "needs_reauthorization:restored": self = .needsReauthorization(.restored)
        default: return nil
        }
    }
}

/// `static`, `overlap:until_used`, `overlap:600:revoke` (seconds, or `1500ms`), `single_use`, `single_use_family`.
extension RotationClass: TextColumn {
    package var text: String {
        switch self {
        case .static, .singleUse, .singleUseFamily: name
        case .overlap(.untilUsed): "overlap:until_used"
        case .overlap(.window(let window, let after)): "overlap:\(Self.text(of: window)):\(after.rawValue)"
        }
    }

    package init?(text: String) {
        switch text {
        case "static": self = .static
        case "single_use": self = .singleUse
        case "single_use_family": self = .singleUseFamily
        case "overlap:until_used": self = .overlap(.untilUsed)
        default:
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "overlap", let window = Self.window(parts[1]),
                let after = AfterWindow(rawValue: String(parts[2]))
            else { return nil }
            self = .overlap(.window(window, afterWindow: after))
        }
    }

    private static func text(of window: Duration) -> String {
        let milliseconds = window.inMilliseconds
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)" : "\(milliseconds)ms"
    }

    private static func window(_ text: Substring) -> Duration? {
        guard text.hasSuffix("ms") else { return Int64(text).map { .seconds($0) } }
        return Int64(text.dropLast(2)).map { .milliseconds($0) }
    }
}

/// `organization` or `user:<id>`, so that no user's id can be read as the organization.
extension ConnectionRecord.Owner: TextColumn {
    package var text: String {
        switch self {
        case .organization: "organization"
        case .user(let id): "user:" + id
        }
    }

    package init?(text: String) {
        if text == "organization" {
            self = .organization
        } else if text.hasPrefix("user:") {
            self = .user(String(text.dropFirst(5)))
        } else {
            return nil
        }
    }
}

/// A JSON object, members in order.
extension OpenSteps: TextColumn {
    package var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    package init?(text: String) {
        guard let steps = try? JSONDecoder().decode(OpenSteps.self, from: Data(text.utf8)) else { return nil }
        self = steps
    }
}

/// A JSON object by grant, members in order.
extension OtherGrants: TextColumn {
    package var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let members = Dictionary(terms.map { ($0.key.description, $0.value) }) { $1 }
        return (try? encoder.encode(members)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    package init?(text: String) {
        guard let members = try? JSONDecoder().decode([String: GrantTerms].self, from: Data(text.utf8)) else {
            return nil
        }
        self.init(Dictionary(members.map { (GrantID($0.key), $0.value) }) { $1 })
    }
}

/// A JSON array of strings.
extension [String]: Column, TextColumn {
    package var text: String { JSONWriter.text(.array(map(JSONValue.string))) }
    package init?(text: String) {
        guard case .array(let elements)? = try? JSONReader.read(text.utf8) else { return nil }
        self = elements.compactMap(\.string)
        guard count == elements.count else { return nil }
    }
}

/// A JSON object of strings; members in order, so that equal values are equal text.
extension [String: String]: Column, TextColumn {
    package var text: String { JSONWriter.text(.object(mapValues(JSONValue.string))) }
    package init?(text: String) {
        guard case .object(let members)? = try? JSONReader.read(text.utf8) else { return nil }
        self = members.compactMapValues(\.string)
        guard count == members.count else { return nil }
    }
}

extension JSONValue {
    fileprivate var string: String? { if case .string(let text) = self { text } else { nil } }
}
