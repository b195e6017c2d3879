import Audit
import Foundation
import Logging
import Model
import RefreshProtocol
import StoreContract

/// Who did something, for the audit and the events of one transaction.
struct Actor: Sendable {
    /// `user:…`, `service:…`, or `host` for what nobody asked for.
    var name: String
    var requestID: String

    /// The host itself: scheduler, recovery, revoker.
    static let host = Actor(name: "host", requestID: "-")

    var isHost: Bool { name == Self.host.name }

    init(name: String, requestID: String) {
        self.name = name
        self.requestID = requestID
    }

    init(_ caller: Caller) { self.init(name: caller.name, requestID: caller.requestID) }
}

extension StoreTransaction {
    /// An event about a connection, in this transaction.
    func tell(
        _ kind: EventRecord.Kind, _ reason: String?, of connection: ConnectionRecord, generation: Int64? = nil,
        parts: PipelineParts
    ) throws {
        try append(
            EventRecord(
                id: UUID().uuidString.lowercased(), kind: kind, organization: connection.organization,
                connector: connection.connector, connection: connection.id, owner: connection.owner.description,
                generation: generation, epoch: parts.epoch, reason: reason, at: now))
    }

    /// Writes events and audit of one step of a line into its own transaction (outbox; DESIGN.md §9).
    /// - Parameter token: What stands for the access token that the step brought; then the record is also that of the
    ///   actor's being given it (SECURITY.md line 53).
    func record(
        _ step: LineStep, of connection: ConnectionRecord, action: String, by actor: Actor, token: String? = nil,
        parts: PipelineParts
    ) throws {
        // Tokens of one connection have generations of their own, and events of a connection are told apart by these.
        let line = step.line.id.name
        let name = line == LineID.first ? nil : "token: \(line)"
        // The grant ends here alone.
        let endsHere = step.signals.contains(.revoked) && step.line.isHandedOver
        for signal in step.signals {
            guard let (kind, said) = Self.event(signal) else { continue }
            let reason = said ?? (endsHere ? "handed_over" : nil)
            try tell(kind, reason ?? name, of: connection, generation: step.line.generation, parts: parts)
        }
        try audit(
            AuditRecord(
                time: now, organization: connection.organization, caller: actor.name, action: action,
                connector: connection.connector, connection: connection.id, generation: step.line.generation,
                token: token, request: actor.requestID,
                outcome: endsHere ? "handed_over" : "\(step.outcome)"), parts: parts)
    }

    /// Appends a record to this host's write chain, in this transaction.
    func audit(_ record: AuditRecord, parts: PipelineParts) throws {
        try append(record, of: parts.host)
    }

    private static func event(_ signal: LineSignal) -> (EventRecord.Kind, String?)? {
        switch signal {
        case .created: (.tokenCreated, nil)
        case .refreshed: (.tokenRefreshed, nil)
        case .revoked: (.tokenRevoked, nil)
        case .refreshFailed(let code): (.tokenRefreshFailed, code)
        case .reauthorizationRequired(let reason): (.tokenReauthorizationRequired, reason.rawValue)
        case .reauthorizationDue(let end):
            (
                .tokenReauthorizationDue,
                "ends: \(Date(timeIntervalSince1970: Double(end.milliseconds / 1000)).ISO8601Format())"
            )
        case .expired: (.tokenExpired, nil)
        case .clientMisconfigured, .refusal, .revocationWanted: nil
        }
    }
}

extension TokenPipeline {
    /// Tells the client's breaker what a step showed, at all hosts, and the log what an operator has to know.
    func noteSignals(_ step: LineStep, client: ClientKey) async {
        guard !parts.store.isExclusive else { return noteHere(step, client: client) }
        for case .reauthorizationRequired(let reason) in step.signals { warn(of: step.line, client, reason) }
        await share(step.signals, client)
    }

    /// The same, for this host's breaker alone.
    func noteHere(_ step: LineStep, client: ClientKey) {
        for signal in step.signals {
            switch signal {
            case .refreshed, .created: gates.note(client) { breaker, _ in breaker.succeeded() }
            case .refusal: noteBreaker(client) { $0.refused(at: $1) }
            case .clientMisconfigured(let code): noteBreaker(client) { $0.misconfigured(at: $1, code: code) }
            case .reauthorizationRequired(let reason): warn(of: step.line, client, reason)
            case .revoked, .refreshFailed, .revocationWanted, .expired, .reauthorizationDue: break
            }
        }
    }

    /// Tells a client's breaker of something bad; one line in the log when that opens it.
    func noteBreaker(_ client: ClientKey, _ change: (inout Breaker, Timestamp) -> Void) {
        guard gates.note(client, change) else { return }
        warnOfOpen(client, code: gates.openCode(client)?.code)
    }

    func warnOfOpen(_ client: ClientKey, code: String?) {
        parts.logger.warning(
            "the provider refuses a client: nothing is refreshed for it until a probe succeeds",
            metadata: [
                "org": "\(client.organization)", "connector": "\(client.connector)", "client": "\(client.name)",
                "code": "\(code ?? "-")",
            ])
    }

    private func warn(of line: Line, _ client: ClientKey, _ reason: LineState.Reason) {
        parts.logger.warning(
            "a grant is lost: its owner has to authorize it again",
            metadata: [
                "org": "\(line.organization)", "connector": "\(client.connector)",
                "connection": "\(line.id.connection)", "generation": "\(line.generation)", "code": "\(reason.rawValue)",
            ])
    }
}
