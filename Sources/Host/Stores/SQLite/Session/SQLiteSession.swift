import GRDB
import Model
import StoreContract

/// One transaction: a connection to the database and the time, which stands still. What it can read and write is in the
/// extensions beside this file.
struct SQLiteSession: StoreTransaction {
    let database: Database
    let now: Timestamp
    var appended: AppendedEvents?
}

/// Of which organizations a transaction has written events. Used on the thread that the transaction runs on.
final class AppendedEvents {
    var organizations: Set<OrganizationID> = []
}

// MARK: The only ways to the database

extension SQLiteSession {
    /// Runs one statement and gives the number of rows that it changed.
    @discardableResult
    func run(_ sql: String, _ arguments: [any Column] = []) throws -> Int {
        try ErrorMapping.mapped {
            let statement = try BoundStatement(sql, arguments, on: database)
            defer { statement.release() }
            while try statement.next() != nil {}
            return database.changesCount
        }
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

    /// Rows of any shape; `table` names them in errors.
    func rows<Value>(
        _ sql: String, _ arguments: [any Column], of table: Table, _ read: (inout RowReader) throws -> Value
    ) throws -> [Value] {
        try ErrorMapping.mapped {
            let statement = try BoundStatement(sql, arguments, on: database)
            defer { statement.release() }
            var values: [Value] = []
            while let fields = try statement.next() {
                var reader = RowReader(fields, of: table)
                values.append(try read(&reader))
            }
            return values
        }
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
        guard try run(table.update, arguments) == 1 else { throw missing(table.name) }
    }

    func missing(_ table: String) -> StoreError { StoreError(.missing, "the \(table) to change is not stored") }
}
