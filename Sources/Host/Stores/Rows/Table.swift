import StoreContract

/// A table's columns in one order, for reading and writing alike: first the key, then what never changes, then the rest.
package struct Table: Sendable {
    /// As the schema has it.
    package let name: String
    /// All, in that order.
    package let columns: [String]
    /// How many of them are the key.
    package let keyCount: Int
    /// Key included.
    package let fixedCount: Int

    /// `a, b, c`
    package let list: String
    /// Inserts a whole row.
    package let insert: String
    /// Writes what may change, by key: the values of what may change, then those of the key.
    package let update: String
    /// `SELECT a, b, c FROM name WHERE `
    package let selection: String
    /// Inserts, or writes everything but the key.
    package let upsert: String

    /// - Parameters:
    ///   - fixed: What is never changed.
    ///   - rest: What may be.
    package init(_ name: String, key: [String], fixed: [String] = [], rest: [String]) {
        self.name = name
        columns = key + fixed + rest
        keyCount = key.count
        fixedCount = key.count + fixed.count
        list = columns.joined(separator: ", ")
        // Both engines read `$1`, in the order in which they first stand there.
        let places = columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        insert = "INSERT INTO \(name) (\(list)) VALUES (\(places))"
        let changes = Self.equations(rest, from: 1).joined(separator: ", ")
        let condition = Self.equations(key, from: rest.count + 1).joined(separator: " AND ")
        update = "UPDATE \(name) SET \(changes) WHERE \(condition)"
        selection = "SELECT \(list) FROM \(name) WHERE "
        let taken = (fixed + rest).map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        upsert = "\(insert) ON CONFLICT (\(key.joined(separator: ", "))) DO UPDATE SET \(taken)"
    }

    /// Reads rows of this form from elsewhere, such as a function of the database.
    package func selection(from source: String) -> String { "SELECT \(list) FROM \(source)" }

    private static func equations(_ columns: [String], from first: Int) -> [String] {
        columns.enumerated().map { "\($1) = $\($0 + first)" }
    }
}

/// A value that is one row of a table.
package protocol Stored {
    /// Where it is stored.
    static var table: Table { get }
    /// In the order of the table's columns.
    var columns: [any Column] { get }
    /// - Throws: `StoreError.Code.corrupt` where a column cannot be read.
    init(row: inout RowReader) throws
}

/// Reads a row's columns one after the other.
package struct RowReader {
    private let fields: any ColumnFields
    private let table: Table
    private var position = 0

    /// A reader before the first column; `table` names the row in errors.
    package init(_ fields: any ColumnFields, of table: Table) {
        self.fields = fields
        self.table = table
    }

    /// The next column.
    /// - Throws: `StoreError.Code.corrupt` with the row's place, never its content.
    package mutating func next<Value: Column>() throws -> Value {
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
