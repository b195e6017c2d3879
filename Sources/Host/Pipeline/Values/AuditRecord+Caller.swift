import Audit
import Model

extension AuditRecord {
    /// A caller's command on a connection.
    static func of(
        _ caller: Caller, _ action: String, _ connection: ConnectionRecord, at now: Timestamp, outcome: String = "done"
    ) -> AuditRecord {
        AuditRecord(
            time: now, organization: caller.organization, caller: caller.name, action: action,
            connector: connection.connector, connection: connection.id, request: caller.requestID, outcome: outcome)
    }

    /// A caller's command on a connector.
    static func of(_ caller: Caller, _ action: String, connector: String, at now: Timestamp) -> AuditRecord {
        AuditRecord(
            time: now, organization: caller.organization, caller: caller.name, action: action, connector: connector,
            request: caller.requestID, outcome: "done")
    }

    /// What concerns the host and its store, by the host itself or an operator.
    static func ofHost(_ caller: String, _ action: String, _ outcome: String, at now: Timestamp) -> AuditRecord {
        AuditRecord(time: now, organization: nil, caller: caller, action: action, request: "-", outcome: outcome)
    }

    /// A command on the host itself, by a caller of the API.
    static func of(_ caller: Caller, _ action: String, at now: Timestamp, outcome: String) -> AuditRecord {
        AuditRecord(
            time: now, organization: caller.organization, caller: caller.name, action: action,
            request: caller.requestID, outcome: outcome)
    }
}
