import Foundation
import Model
import StoreContract
import StoreRows

/// One transaction in the contract's words. What it can read and write is in the extensions beside this file.
///
/// On SQLite one writer works at a time. Here they work beside each other, so a transaction that may write locks what it
/// reads: the connection of a line, a flow, a sink; names that may be missing by an advisory lock (`Guarded`); and who
/// changes what many others read only works alone (`requireAlone`).
struct PostgresSession: StoreTransaction {
    let transaction: Transaction
    /// For whom it asks: the host's own work sees all organizations.
    private(set) var scope = Transaction.Scope.host

    init(_ transaction: Transaction) { self.transaction = transaction }

    var now: Timestamp { transaction.now }
}

// MARK: The only ways to the database

extension PostgresSession {
    /// Sends a write with the next flight.
    /// - Parameter otherwise: It has to meet a row: thrown when it meets none, at the latest when the transaction commits.
    func run(_ sql: String, _ arguments: [any Column] = [], orThrow otherwise: StoreError? = nil) throws {
        transaction.enter(scope)
        try transaction.later(Statement(sql, arguments), orThrow: otherwise)
    }

    /// Runs a write at once and gives the number of rows that it changed.
    func count(_ sql: String, _ arguments: [any Column]) throws -> Int {
        transaction.enter(scope)
        transaction.willWrite()
        return try transaction.ask([Statement(sql, arguments)])[0].changed
    }

    /// Lets the server refuse what follows, COMMIT included, unless there is a row that meets this.
    func require(_ query: String, _ arguments: [any Column], orThrow otherwise: StoreError) throws {
        transaction.enter(scope)
        try transaction.require(
            Statement("SELECT 1 / count(*) FROM (\(query)) AS needed", arguments), orThrow: otherwise)
    }

    /// All rows of a query, read as the table's values. `sql` selects `Value.table.list`.
    func all<Value: Stored>(_ type: Value.Type, _ sql: String, _ arguments: [any Column] = []) throws -> [Value] {
        try rows(sql, arguments, of: Value.table) { try Value(row: &$0) }
    }

    /// The values of a table that a condition selects, in the order that it says.
    func all<Value: Stored>(
        _ type: Value.Type, where condition: String, _ arguments: [any Column]
    ) throws -> [Value] {
        try all(type, Value.table.selection + condition, arguments)
    }

    func first<Value: Stored>(
        _ type: Value.Type, where condition: String, _ arguments: [any Column]
    ) throws -> Value? {
        try all(type, where: "\(condition) LIMIT 1", arguments).first
    }

    func all<Value: Stored>(_ type: Value.Type, _ statement: Statement) throws -> [Value] {
        transaction.enter(scope)
        return try Self.read(try transaction.ask([statement])[0], as: type)
    }

    /// Rows of any shape; `table` names them in errors.
    func rows<Value>(
        _ sql: String, _ arguments: [any Column], of table: Table, _ read: (inout RowReader) throws -> Value
    ) throws -> [Value] { try rows(Statement(sql, arguments), of: table, read) }

    func rows<Value>(
        _ statement: Statement, of table: Table, _ read: (inout RowReader) throws -> Value
    ) throws -> [Value] {
        transaction.enter(scope)
        return try Self.read(try transaction.ask([statement])[0], of: table, read)
    }

    static func read<Value>(
        _ rows: Rows, of table: Table, _ read: (inout RowReader) throws -> Value
    ) throws -> [Value] {
        try (0..<rows.count).map { index in
            var reader = RowReader(rows[index], of: table)
            return try read(&reader)
        }
    }

    static func read<Value: Stored>(_ rows: Rows, as type: Value.Type) throws -> [Value] {
        try read(rows, of: Value.table) { try Value(row: &$0) }
    }

    /// The first column of the first row.
    func value<Value: Column>(_ sql: String, _ arguments: [any Column] = [], of table: Table) throws -> Value? {
        try rows(sql, arguments, of: table) { try $0.next() as Value }.first
    }

    func add(_ value: some Stored) throws { try run(type(of: value).table.insert, value.columns) }

    func put(_ value: some Stored) throws { try run(type(of: value).table.upsert, value.columns) }

    /// Writes what may change of a row.
    /// - Throws: `StoreError.Code.missing` when it is not there.
    func change<Value: Stored>(_ value: Value) throws {
        let columns = value.columns
        let table = Value.table
        let arguments = Array(columns[table.fixedCount...] + columns[..<table.keyCount])
        try run(table.update, arguments, orThrow: missing(table.name))
    }

    func missing(_ table: String) -> StoreError { StoreError(.missing, "the \(table) to change is not stored") }
}

// MARK: Locks

extension PostgresSession {
    /// What is locked by name, until the transaction ends.
    enum Guarded: String {
        case fingerprint, setting, keys, audit, breaker, window, answer
    }

    /// Makes writers of one name work one after the other, whether there is a row of that name or not.
    func lock(_ kind: Guarded, _ name: String) {
        guard transaction.writes else { return }
        transaction.quietly(
            Statement("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", ["\(kind.rawValue)/\(name)"]))
    }

    /// A line is changed only by who has its connection's row (PROTOCOL.md §4), which comes along.
    func lock(_ connection: ConnectionID) {
        guard transaction.writes else { return }
        transaction.enter(scope)
        let row = ConnectionRecord.table.selection(from: "locked_connection($1)")
        transaction.lock(connection, by: Statement(row, [connection]))
    }

    /// Ends a condition: the row that it finds is locked.
    var locking: String { transaction.writes ? " FOR UPDATE" : "" }

    /// For what would need locks on what nobody can name, such as rows that are not there yet.
    /// - Throws: `RunsAlone`, after which the body runs again alone.
    func requireAlone() throws {
        guard transaction.isAlone else { throw transaction.fail(RunsAlone()) }
    }

    /// Under row-level security for one organization: for everything that is asked with one.
    func within(_ organization: OrganizationID) -> PostgresSession {
        var session = self
        session.scope = .organization(organization)
        return session
    }
}

/// Asks the store to run the body again, alone.
struct RunsAlone: Error {}
