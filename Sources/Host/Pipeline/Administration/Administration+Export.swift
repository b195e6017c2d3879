import Audit
import ConnectorSDK
import Foundation
import Logging
package import Model
import RefreshProtocol
package import Secrets
import Spool
import StoreContract

/// `connections export`: what connections present, sealed to the key of another host (SECURITY 28).
extension Administration {
    /// What became of one connection.
    package struct Exported: Sendable {
        package enum Outcome: String, Sendable {
            /// It is in the export, and goes on here: what it presents is not spent by use.
            case exported
            /// It is in the export, and waits here in VERIFY: two hosts would spend its refresh token twice.
            case handedOver = "handed_over"
            case leftOut = "left_out"
        }

        package let organization: OrganizationID
        package let connection: ConnectionID
        package let connector: String
        package let name: String
        package let outcome: Outcome
        /// Why it was left out, and what to do.
        package var detail: String?
    }

    /// Which connections, for whom, and where to.
    package struct ExportOrder: Sendable {
        package var search = Search()
        package var recipient: ExportRecipient
        /// Absolute, of this machine; nothing is there yet.
        package var file: String
        /// Also connections whose refresh token is replaced with each use; they wait here from then on.
        package var handsOver: Bool

        package init(to recipient: ExportRecipient, file: String, handsOver: Bool) {
            self.recipient = recipient
            self.file = file
            self.handsOver = handsOver
        }
    }

    /// Writes the export. A connection is handed over before its line is written; when the file cannot be finished, be it
    /// that the host stops meanwhile, all of them are taken back.
    /// - Parameter progress: from 0 to 1.
    /// - Returns: how many connections are in it.
    package func export(
        _ order: ExportOrder, by user: String, progress: @escaping @Sendable (Double) throws -> Void,
        each: (Exported) throws -> Void
    ) async throws -> Int {
        guard !FileManager.default.fileExists(atPath: order.file) else {
            throw PipelineError.invalid("file", "\(order.file) exists; name another file")
        }
        // First: no refresh token leaves that the audit does not know of.
        try await note("connections_export", "\(order.file) to \(order.recipient)", by: user)
        var found: [ConnectionID] = []
        try await connections(order.search, by: user) { found.append($0.view.id) }
        var writer = try ExportWriter(
            to: order.recipient, from: parts.installation.storeID, at: parts.store.now, into: order.file)
        // Counted before it looks: a shutdown that it does not see waits for it, with what it takes back.
        pipeline.inFlight.beginHandOver()
        defer { pipeline.inFlight.endHandOver() }
        var handedOver: [ConnectionID] = []
        do {
            for (index, id) in found.enumerated() {
                guard !pipeline.isDraining else { throw TokenPipeline.draining }
                if let taken = try await take(id, handsOver: order.handsOver, by: user) {
                    if let (handOver, mark) = taken.handOver {
                        handedOver.append(id)
                        try await parts.remember(handOver, mark: mark)
                    }
                    if let line = taken.line { try writer.add(line) }
                    try each(taken.exported)
                }
                try progress(Double(index + 1) / Double(found.count))
            }
            try writer.finish()
        } catch {
            writer.abandon()
            await takeBack(handedOver, by: user)
            throw error
        }
        return writer.count
    }

    /// Nobody has the file, so nobody else can present what is in it.
    private func takeBack(_ connections: [ConnectionID], by user: String) async {
        for id in connections {
            do { _ = try await verify(id, .assumeCurrent, by: user) } catch {
                parts.logger.error(
                    "a connection that was not exported after all waits for `connections verify --assume-current`",
                    metadata: ["connection": "\(id)", "code": "\(PipelineError(wrapping: error).code.rawValue)"])
            }
        }
    }
}

/// One connection.
extension Administration {
    /// What was read, in the transaction that it was handed over in if it was.
    private struct Taken {
        var exported: Exported
        /// Nil where it is left out.
        var line: Data?
        var handOver: (HandOver, mark: Int64)?
    }

    /// Why a connection is not in an export.
    private struct LeftOut: Error { let reason: String }

    /// Nil where there is no such connection any more. A store that could not be read is no sign of that: an export
    /// would lack a connection without a word.
    static func unlessGone<Value: Sendable>(_ read: () async throws -> Value) async throws -> Value? {
        do { return try await read() } catch let problem as PipelineError where problem.code == .notFound { return nil }
    }

    /// - Returns: nil where it was deleted meanwhile.
    private func take(
        _ id: ConnectionID, handsOver: Bool, by user: String
    ) async throws -> Taken? {
        let (parts, known) = (parts, parts.epochs.known)
        guard known.isTrusted || !handsOver else { throw PipelineError.storeWentBack }
        guard let caller = try await Self.unlessGone({ try await self.caller(for: id, user) }) else { return nil }
        return try await pipeline.wrapping {
            try await parts.keyRing.prepare(caller.organization)
            return try await pipeline.writeDoubting(id) { transaction -> Taken? in
                if handsOver { try parts.require(known, in: transaction) }
                guard let connection = try transaction.connection(id), connection.deletedAt == nil else { return nil }
                func exported(_ outcome: Exported.Outcome, _ detail: String? = nil) -> Exported {
                    Exported(
                        organization: connection.organization, connection: id, connector: connection.connector,
                        name: connection.name, outcome: outcome, detail: detail)
                }
                do {
                    let (line, rotates) = try Self.line(of: connection, in: transaction, parts)
                    guard rotates else {
                        try transaction.audit(
                            .of(caller, "connection_export", connection, at: transaction.now), parts: parts)
                        return Taken(exported: exported(.exported), line: line)
                    }
                    guard handsOver else { throw LeftOut(reason: Self.wouldBeSpentTwice) }
                    return Taken(
                        exported: exported(.handedOver), line: line,
                        handOver: try Self.handOver(connection, by: caller, in: transaction, parts, known))
                } catch let left as LeftOut {
                    return Taken(exported: exported(.leftOut, left.reason))
                }
            }
        }
    }

    /// - Returns: what is noted outside the store, and the mark that it was drawn under.
    private static func handOver(
        _ connection: ConnectionRecord, by caller: Caller, in transaction: any StoreTransaction, _ parts: PipelineParts,
        _ known: EpochKeeper.Known
    ) throws -> (HandOver, mark: Int64) {
        let (id, attempt) = (LineID(connection: connection.id), AttemptID.random())
        let redeemer = Redeemer(
            host: parts.host, boot: parts.spool.boot, caller: caller.name, sentAt: transaction.now)
        let step = try transaction.step(id, .handOver(attempt, by: redeemer), timing: parts.settings.timing)
        guard let step, step.outcome == .applied, let entered = step.line.attempt(attempt) else {
            throw LeftOut(reason: isBusy)
        }
        try transaction.record(
            step, of: connection, action: "connection_hand_over", by: Actor(caller), parts: parts)
        return (HandOver(entered, of: id), try parts.drawMark(in: transaction, known: known))
    }

    private static let wouldBeSpentTwice =
        "its refresh token is replaced with each use, and two hosts would spend it twice; --hand-over exports it and stops refreshing it here"
    private static let isBusy = "a refresh is under way; export it again"

    /// The line of a connection, and whether what it presents is spent by use.
    private static func line(
        of connection: ConnectionRecord, in transaction: any StoreTransaction, _ parts: PipelineParts
    ) throws -> (Data, rotates: Bool) {
        let lines = try transaction.lines(of: connection.id)
        guard let line = lines.first, lines.count == 1 else {
            throw LeftOut(reason: "it holds several tokens, and an import brings one; authorize it anew there")
        }
        guard connection.steps == nil else {
            throw LeftOut(reason: "something after its connecting is outstanding; see `connections show`")
        }
        guard [.active, .degraded].contains(line.state) else {
            throw LeftOut(reason: "its status is \(line.status(at: transaction.now).rawValue)")
        }
        guard line.isAtRest, let version = line.current else { throw LeftOut(reason: isBusy) }
        let client = try transaction.client(connection.clientKey)
        let material: Material
        do { material = try parts.material(for: connection, client: client) } catch let problem as PipelineError {
            throw LeftOut(reason: problem.detail)
        }
        let grant = try parts.grant(of: connection)
        var exported = ExportedConnection(
            connection: connection, refreshToken: nil, grant: grant,
            inputs: connection.inputs.merging(try parts.secretInputs(of: connection)) { $1 })
        if grant.redemption(of: connection.grantType) == nil {
            guard material.uses == .refreshToken, let token = try parts.tokens(of: version, line: line).refreshToken
            else { throw LeftOut(reason: "it holds no refresh token that could be presented elsewhere") }
            exported.refreshToken = token
        }
        let rotates = exported.refreshToken != nil && (line.rotation.rotates || material.rotation.rotates)
        return (try exported.line(), rotates)
    }
}
