import CLinux
import Foundation
import Model
import StoreContract
import StoreRows

/// One transaction on one connection. Statements that nobody waits for are kept back and go out with the next that is
/// waited for, the last ones with COMMIT: [BEGIN, locks, first question], decide, [writes, COMMIT] are two round trips.
final class Transaction {
    enum Kind {
        case read
        /// Alone: no other transaction of this database writes meanwhile.
        case write(isAlone: Bool)
    }

    /// For whom the next statement asks; row-level security follows it.
    enum Scope: Equatable {
        case host
        case organization(OrganizationID)
        /// The one of that connection, found by the server: none where there is no such connection. Entered by the host.
        case organizationOf(ConnectionID)
    }

    /// What a transaction knows of a connection's row.
    private enum RowLock {
        /// It is locked with the next flight.
        case asked
        case held(Rows)
        /// Locked, and no longer as it was.
        case written
    }

    private struct Kept {
        let statement: Statement
        /// What it throws when it meets no row.
        var otherwise: StoreError?
        var take: ((Rows) throws -> Void)?
    }

    let kind: Kind
    private let link: Link
    private let context: TransactionContext
    private var kept: [Kept] = []
    private var hasBegun = false
    /// COMMIT was answered.
    private var hasEnded = false
    private var scope = Scope.host
    private var time: Timestamp?
    private(set) var hasWritten = false
    /// Written last of all, so that the host's chain and the counter of events are locked only while the server commits.
    private var records: [UnlinkedRecord] = []
    private var events: [EventRecord] = []
    private var locks: [ConnectionID: RowLock] = [:]
    /// Of which organizations there are new events.
    private(set) var appended: Set<OrganizationID> = []
    /// The first error: whatever the body makes of it, the transaction is doomed.
    private(set) var failure: (any Error)?
    private var isLost = false
    private var patience = Duration.seconds(60)

    init(_ kind: Kind, on link: Link, _ context: TransactionContext) {
        self.kind = kind
        self.link = link
        self.context = context
    }

    var writes: Bool { if case .write = kind { true } else { false } }
    var isAlone: Bool { if case .write(isAlone: true) = kind { true } else { false } }

    /// The server's time when the transaction began.
    var now: Timestamp {
        if time == nil { try? flush() }
        // After a failure nothing that is decided by it will be committed.
        return time ?? context.clock.now
    }

    // MARK: Statements

    /// From here on statements are asked for it.
    func enter(_ wanted: Scope) {
        guard wanted != scope else { return }
        scope = wanted
        for statement in context.entering(wanted) { quietly(statement) }
    }

    /// Sends a write with the next flight.
    /// - Parameter otherwise: It has to meet a row; this is thrown then, at the latest by `commit`, when it meets none.
    func later(_ statement: Statement, orThrow otherwise: StoreError? = nil) throws {
        try refuseAfterFailure()
        hasWritten = true
        kept.append(Kept(statement: otherwise == nil ? statement : statement.requiringOneRow, otherwise: otherwise))
    }

    /// Sends a question that the server itself fails when it is not met, by a division by zero.
    func require(_ statement: Statement, orThrow otherwise: StoreError) throws {
        try refuseAfterFailure()
        kept.append(Kept(statement: statement, otherwise: otherwise))
    }

    /// What is asked for next changes something.
    func willWrite() { hasWritten = true }

    /// Sends a statement that changes nothing with the next flight.
    /// - Parameter take: Gets its answer then.
    func quietly(_ statement: Statement, take: ((Rows) throws -> Void)? = nil) {
        kept.append(Kept(statement: statement, take: take))
    }

    /// Locks a connection's row with the next flight, unless it is locked.
    func lock(_ connection: ConnectionID, by statement: Statement) {
        guard locks[connection] == nil else { return }
        locks[connection] = .asked
        // Kept by what it belongs to.
        quietly(statement) { [unowned self] row in
            if case .asked = locks[connection] { locks[connection] = .held(row) }
        }
    }

    /// A locked connection's row; nil where it was written since.
    func row(of connection: ConnectionID) throws -> Rows? {
        if case .asked = locks[connection] { try flush() }
        return if case .held(let row) = locks[connection] { row } else { nil }
    }

    /// A locked connection's row is not as it was any more.
    func forget(_ connection: ConnectionID) { if locks[connection] != nil { locks[connection] = .written } }

    /// Sends what was kept back and these, and waits for their answers.
    func ask(_ statements: [Statement]) throws -> [Rows] {
        try refuseAfterFailure()
        var answers: [Rows] = []
        for statement in statements { kept.append(Kept(statement: statement, take: { answers.append($0) })) }
        try flush()
        return answers
    }

    /// The same for the only question of a reading transaction: COMMIT goes with it, in one round trip.
    func askLast(_ statement: Statement) throws -> Rows {
        var answer: Rows?
        quietly(statement) { answer = $0 }
        try endReading()
        guard let answer else { throw StoreError(.unavailable, "the server has not answered") }
        return answer
    }

    /// Sends what was kept back with COMMIT behind it, and waits for the answers: nothing else is read.
    func endReading() throws {
        kept.append(Kept(statement: Statement("COMMIT")))
        try flush()
        hasEnded = true
    }

    func append(_ event: EventRecord) {
        events.append(event)
        appended.insert(event.organization)
        hasWritten = true
    }

    func append(_ record: UnlinkedRecord) {
        records.append(record)
        hasWritten = true
    }

    /// For what may take the server long.
    func isPatient() { patience = .seconds(900) }

    /// For what is asked again soon, and has an answer without the server.
    func isHasty() { patience = .seconds(2) }

    /// Records get their links and events their numbers now, because somebody asks for them. The chain first: each host has
    /// its own, and one counter is all hosts'.
    func writeLast() {
        guard !records.isEmpty || !events.isEmpty else { return }
        enter(.host)
        for record in records {
            let values: [any Column] = [record.host, record.record, record.genesis]
            quietly(Statement("SELECT append_audit($1, $2, $3)", values))
        }
        records = []
        for event in events {
            quietly(Statement("UPDATE event_counter SET value = value + 1"))
            quietly(Statement(Self.insertEvent, Array(EventRow.columns(of: event).dropFirst())))
        }
        events = []
    }

    private static let insertEvent: String = {
        let columns = EventRow.table.columns
        let places = (1..<columns.count).map { "$\($0)" }.joined(separator: ", ")
        return "INSERT INTO event (\(EventRow.table.list)) VALUES ((SELECT value FROM event_counter), \(places))"
    }()

    // MARK: Ends

    /// - Throws: `StoreError.Code.acknowledgementLost` where nobody knows whether it was done.
    func commit() throws {
        try refuseAfterFailure()
        writeLast()
        guard !hasEnded, hasBegun || !kept.isEmpty else { return }
        kept.append(
            Kept(
                statement: Statement("COMMIT"),
                take: {
                    guard $0.command == "COMMIT" else {
                        throw StoreError(.unavailable, "the transaction was rolled back")
                    }
                }))
        do { try flush() } catch LinkFailure.lost(let reason, isUndone: false) where hasWritten {
            throw fail(StoreError(.acknowledgementLost, reason), instead: true)
        }
        // "canceling wait for synchronous replication": here, but perhaps on no other machine.
        if hasWritten, link.hasWarned {
            throw StoreError(.acknowledgementLost, "no standby has confirmed the commit")
        }
    }

    /// Gives the connection back clean.
    /// - Returns: whether it is still good.
    func rollBack() -> Bool {
        guard !isLost else { return false }
        guard hasBegun, !hasEnded else { return true }
        return (try? link.fly([Statement("ROLLBACK")])) != nil
    }

    /// Dooms the transaction.
    func fail(_ error: any Error, instead: Bool = false) -> any Error {
        if failure == nil || instead { failure = error }
        return failure ?? error
    }

    private func refuseAfterFailure() throws { if let failure { throw failure } }

    private func flush() throws {
        try refuseAfterFailure()
        guard !writes || context.mayWrite else { throw fail(TransactionContext.onlyReads) }
        let flight = hasBegun ? kept : opening + kept
        guard !flight.isEmpty else { return }
        (hasBegun, kept) = (true, [])
        do {
            let answers = try link.fly(flight.map(\.statement), patience: patience)
            for (answer, one) in zip(answers, flight) { try one.take?(answer) }
        } catch LinkFailure.refused(let error, let place) where error.foundNoRow {
            throw fail(flight[place].otherwise ?? error.storeError)
        } catch {
            if case .lost? = error as? LinkFailure { isLost = true }
            throw fail(error)
        }
    }

    /// The clock is read after the lock, so that a wait for it is not in the time.
    private var opening: [Kept] {
        var statements = [Kept(statement: Statement(writes ? Self.beginWrite : Self.beginRead))]
        if writes {
            let lock = isAlone ? "pg_advisory_xact_lock" : "pg_advisory_xact_lock_shared"
            statements.append(Kept(statement: Statement("SELECT \(lock)(\(TransactionContext.writersLock))")))
        }
        statements.append(
            Kept(
                statement: Statement(Self.settle, [context.roles.host]),
                take: { [self] in
                    guard let read = $0[0].number(0) else { throw StoreError(.corrupt, "the server has no clock") }
                    // A session that a pooler keeps to a primary of old: lost, so that the next one is made anew.
                    guard $0[0].number(5) == 0 else { throw LinkFailure.lost("the server is a standby") }
                    time = Timestamp(milliseconds: read)
                    context.clock.note(Timestamp(milliseconds: read))
                }))
        return statements
    }

    private static let beginWrite = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
    private static let beginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

    /// Everything holds for this transaction only, so that it passes through a pooler. A commit is acknowledged when it is
    /// on the disk here and, where there is one, on the synchronous standby's: what the server or the role sets instead
    /// does not count. A host that is frozen in the middle holds its locks until the server hangs up on it.
    private static let settle = """
        SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint,
        set_config('role', $1, true), set_config('search_path', 'token_manager', true),
        set_config('synchronous_commit', CASE current_setting('synchronous_commit')
          WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true),
        set_config('idle_in_transaction_session_timeout', '\(TransactionContext.longestPause)', true),
        pg_is_in_recovery()::int
        """
}
