import StoreContract

/// A table's columns in one order, for reading and writing alike: first the key, then what never changes, then the rest.
struct Table: Sendable {
    let name: String
    let columns: [String]
    let keyCount: Int
    /// Key included.
    let fixedCount: Int

    /// `a, b, c`
    let list: String
    let insert: String
    /// Writes what may change, by key: the values of what may change, then those of the key.
    let update: String
    /// `SELECT a, b, c FROM name WHERE `
    let selection: String
    /// Inserts, or writes everything but the key.
    let upsert: String

    init(_ name: String, key: [String], fixed: [String] = [], rest: [String]) {
        self.name = name
        columns = key + fixed + rest
        keyCount = key.count
        fixedCount = key.count + fixed.count
        list = columns.joined(separator: ", ")
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        insert = "INSERT INTO \(name) (\(list)) VALUES (\(places))"
        let changes = rest.map { "\($0) = ?" }.joined(separator: ", ")
        let condition = key.map { "\($0) = ?" }.joined(separator: " AND ")
        update = "UPDATE \(name) SET \(changes) WHERE \(condition)"
        selection = "SELECT \(list) FROM \(name) WHERE "
        let taken = (fixed + rest).map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        upsert = "\(insert) ON CONFLICT (\(key.joined(separator: ", "))) DO UPDATE SET \(taken)"
    }
}

/// A value that is one row of a table.
protocol Stored {
    static var table: Table { get }
    /// In the order of the table's columns.
    var columns: [any Column] { get }
    init(row: inout RowReader) throws
}

/// Reads a row's columns one after the other.
struct RowReader {
    private let fields: Fields
    private let table: Table
    private var position = 0

    init(_ fields: Fields, of table: Table) {
        self.fields = fields
        self.table = table
    }

    /// The next column.
    /// - Throws: `StoreError.Code.corrupt` with the row's place, never its content.
    mutating func next<Value: Column>() throws -> Value {
        guard let value = Value(fields, CInt(position)) else { throw corrupt() }
        position += 1
        return value
    }

    private func corrupt() -> StoreError {
        let key = (0..<table.keyCount).map { index -> String in
            fields.text(CInt(index)) ?? fields.number(CInt(index)).map { "\($0)" } ?? "?"
        }
        let column = position < table.columns.count ? table.columns[position] : "\(position)"
        return StoreError(
            .corrupt, "table \(table.name), row \(key.joined(separator: "/")), column \(column) cannot be read")
    }
}
