import HTTPTypes
import Pipeline

/// All operations, in the order of the document. `Routes` is the other half; `OpenAPIDocument.check` compares both.
enum Operations {
    static let all =
        tokens + connections + endings + grants + connectors + configs + credentials + events + browser + host

    /// The column "who" of DESIGN.md §7.
    static let readers = Operation.Audience.callers(roles: [.admin, .member], scopes: [.connectorRead])
    static let configurers = Operation.Audience.callers(roles: [.admin], scopes: [.connectorWrite])
    static let authorizers = Operation.Audience.callers(roles: [.admin, .member], scopes: [.connectionWrite])
    static let connectionWriters = Operation.Audience.callers(roles: [.admin], scopes: [.connectionWrite])
    static let inspectors = Operation.Audience.callers(roles: [.admin], scopes: [.connectorRead])
    static let admins = Operation.Audience.callers(roles: [.admin], scopes: [])
}
