import ConnectorSDK
import Foundation
import Model
import RefreshProtocol
import SQLiteStore
import StoreContract

/// The two transactions of a refresh, as `RefreshRun.claim` and `TokenPipeline.store` issue them, without the provider
/// call, the journal and the spool between them.
struct ProtocolCommits {
    private let store: SQLiteStore
    private let lines: [LineID]
    private static let organization = OrganizationID("organization")
    private static let host = HostID("host")
    private static let boot = BootID("boot")

    /// Makes lines with a first token set each.
    init(_ store: SQLiteStore) async throws {
        self.store = store
        let lines = (0..<64).map { _ in LineID(connection: .random(prefix: "con_")) }
        self.lines = lines
        try await store.write { transaction in
            for id in lines {
                try transaction.insert(Self.connection(id.connection, at: transaction.now))
                try transaction.save(
                    Line(id: id, organization: Self.organization, grant: GrantID("grant"), rotation: .singleUse),
                    replacing: nil)
                _ = try transaction.step(
                    id, .redeem(.random(), grant: GrantID("grant"), content: Self.content(transaction.now)),
                    timing: Timing())
            }
        }
    }

    func run(_ count: Int) async throws {
        for number in 0..<count { try await refresh(lines[number % lines.count]) }
    }

    private func refresh(_ id: LineID) async throws {
        let attempt = AttemptID.random()
        let sent = try await store.write { transaction in
            try Self.claimAndSend(id, attempt, in: transaction)
        }
        let presented = Presented(
            attempt: attempt, grant: sent.grant, generationIn: sent.generation, fence: sent.fence, host: Self.host,
            boot: Self.boot)
        try await store.write { transaction in
            try Self.answer(presented, on: id, in: transaction)
        }
    }

    /// T1 and T2.
    private static func claimAndSend(
        _ id: LineID, _ attempt: AttemptID, in transaction: any StoreTransaction
    ) throws -> Line {
        guard let line = try transaction.line(id) else { throw BenchmarkError("the line is gone") }
        let claim = Claim(attempt: attempt, host: host, boot: boot, need: .force(generation: line.generation))
        var timing = Timing()
        timing.forceInterval = .zero
        let sent = try transaction.claimAndSend(
            line, replacing: line, .claim(claim), attempt, elapsed: { .zero }, timing: timing)
        try audit("refresh_claim", in: transaction)
        _ = try transaction.drawMark()
        guard sent.outcome == .sent else { throw BenchmarkError("not sent: \(sent.outcome)") }
        return sent.line
    }

    /// T3.
    private static func answer(
        _ presented: Presented, on id: LineID, in transaction: any StoreTransaction
    ) throws {
        let answer = Answer.tokens(content(transaction.now))
        let step = try transaction.step(id, .answer(presented, answer), timing: Timing())
        guard step?.outcome == .advanced, try transaction.connection(id.connection) != nil else {
            throw BenchmarkError("not advanced: \(String(describing: step?.outcome))")
        }
        try transaction.append(
            EventRecord(
                id: UUID().uuidString.lowercased(), kind: .tokenRefreshed, organization: organization,
                connector: "sandbox", connection: id.connection, owner: "organization",
                generation: step?.line.generation, epoch: 1, at: transaction.now))
        try audit("refresh_answer", in: transaction)
    }

    /// The next link of the write chain; its hash is drawn, since hashing 300 bytes is not what is measured.
    private static func audit(_ action: String, in transaction: any StoreTransaction) throws {
        let record = #"{"action":"\#(action)","# + String(repeating: "r", count: 260) + "}"
        try transaction.append(
            UnlinkedRecord(host: host, record: record, genesis: Data(count: 64)) { head in
                AuditEntry(
                    host: host, sequence: (head?.sequence ?? 0) + 1, previousHash: head?.hash ?? Data(count: 64),
                    hash: Data((AttemptID.random().description + AttemptID.random().description).utf8), record: record)
            })
    }

    private static func content(_ now: Timestamp) -> TokenVersion.Content {
        TokenVersion.Content(
            sealed: Data(repeating: 1, count: 400), fingerprint: Data(AttemptID.random().description.utf8),
            receivedAt: now, expiresAt: now + .seconds(3600), dueAt: now + .seconds(3000))
    }

    private static func connection(_ id: ConnectionID, at now: Timestamp) -> ConnectionRecord {
        ConnectionRecord(
            id: id, organization: organization, connector: "sandbox", client: "default", name: id.description,
            owner: .organization, createdAt: now, grantType: "authorization_code", requestedScopes: ["read", "offline"])
    }
}

/// The benchmark itself went wrong.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
