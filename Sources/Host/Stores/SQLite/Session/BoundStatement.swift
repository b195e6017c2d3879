import Foundation
import GRDB
import GRDBSQLite
import StoreRows

/// A prepared statement that is in use: its parameters are bound by column values and its rows read as such, without a
/// value in between for each (measured: those cost more than SQLite's own work; docs/decisions/0011-bound-by-hand.md).
///
/// Statements are prepared and kept by GRDB; a value of this type lives inside one call on the connection's own queue.
struct BoundStatement {
    private let raw: SQLiteStatement
    private let database: Database

    /// Takes a statement of the connection's cache, with the values of its parameters in their order.
    init(_ sql: String, _ arguments: [any Column], on database: Database) throws {
        raw = try database.cachedStatement(sql: sql).sqliteStatement
        self.database = database
        for (index, argument) in arguments.enumerated() {
            let code = argument.bind(to: Parameter(raw: raw, index: CInt(index + 1)))
            guard code == SQLITE_OK else {
                release()
                throw failure(code)
            }
        }
    }

    /// The next row; nil after the last.
    func next() throws -> Fields? {
        switch sqlite3_step(raw) {
        case SQLITE_ROW: return Fields(raw: raw)
        case SQLITE_DONE: return nil
        case let code: throw failure(code)
        }
    }

    /// Gives the statement back to the cache; what was bound is forgotten.
    func release() {
        sqlite3_reset(raw)
        sqlite3_clear_bindings(raw)
    }

    private func failure(_ code: CInt) -> DatabaseError {
        DatabaseError(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
    }
}

/// One place of a statement that takes a value. Every function gives SQLite's result code.
struct Parameter: ColumnParameter {
    fileprivate let raw: SQLiteStatement
    fileprivate let index: CInt

    /// SQLite copies what it is given: the value may be gone before the statement runs.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    func bindNull() -> CInt { sqlite3_bind_null(raw, index) }

    func bind(_ number: Int64) -> CInt { sqlite3_bind_int64(raw, index, number) }

    func bind(_ text: String) -> CInt {
        var text = text
        return text.withUTF8 { bytes in
            // An empty buffer may have no address, which SQLite would take for NULL.
            guard let start = bytes.baseAddress else { return sqlite3_bind_text(raw, index, "", 0, Self.copied) }
            return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                sqlite3_bind_text(raw, index, $0, CInt(clamping: bytes.count), Self.copied)
            }
        }
    }

    func bind(_ bytes: Data) -> CInt {
        bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress else { return sqlite3_bind_zeroblob(raw, index, 0) }
            return sqlite3_bind_blob(raw, index, start, CInt(clamping: buffer.count), Self.copied)
        }
    }
}

/// The row that a statement stands on. Reading is strict: nil where the column holds something else.
struct Fields: ColumnFields {
    fileprivate let raw: SQLiteStatement

    func isNull(_ index: CInt) -> Bool { sqlite3_column_type(raw, index) == SQLITE_NULL }

    func number(_ index: CInt) -> Int64? {
        sqlite3_column_type(raw, index) == SQLITE_INTEGER ? sqlite3_column_int64(raw, index) : nil
    }

    func text(_ index: CInt) -> String? {
        guard sqlite3_column_type(raw, index) == SQLITE_TEXT, let start = sqlite3_column_text(raw, index) else {
            return nil
        }
        return String(
            decoding: UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(raw, index))), as: UTF8.self)
    }

    func bytes(_ index: CInt) -> Data? {
        guard sqlite3_column_type(raw, index) == SQLITE_BLOB else { return nil }
        guard let start = sqlite3_column_blob(raw, index) else { return Data() }
        return Data(bytes: start, count: Int(sqlite3_column_bytes(raw, index)))
    }
}
