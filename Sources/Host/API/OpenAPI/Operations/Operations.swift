import HTTPTypes
import Pipeline

/// All operations, in the order of the document. `Routes` is the other half; `OpenAPIDocument.check` compares both.
enum Operations {
    static let all =
        tokens + connections + endings + grants + connectors + configs + credentials + events
        + appConfig + browser + host

    /// The column "who" of DESIGN.md §7.
    static let readers = APIOperation.Audience.callers(roles: [.admin, .member], scopes: [.connectorRead])
    static let configurers = APIOperation.Audience.callers(roles: [.admin], scopes: [.connectorWrite])
    static let authorizers = APIOperation.Audience.callers(roles: [.admin, .member], scopes: [.connectionWrite])
    static let connectionWriters = APIOperation.Audience.callers(roles: [.admin], scopes: [.connectionWrite])
    static let inspectors = APIOperation.Audience.callers(roles: [.admin], scopes: [.connectorRead])
    static let admins = APIOperation.Audience.callers(roles: [.admin], scopes: [])
}
