import Foundation
import GRDB
import Model

/// A value that one column holds. Reading is strict: what `sql` did not write is refused.
protocol Column {
    var sql: DatabaseValue { get }
    init?(sql: DatabaseValue)
}

extension Int64: Column {
    var sql: DatabaseValue { databaseValue }
    init?(sql: DatabaseValue) {
        guard case .int64(let value) = sql.storage else { return nil }
        self = value
    }
}

extension Int: Column {
    var sql: DatabaseValue { databaseValue }
    init?(sql: DatabaseValue) {
        guard let value = Int64(sql: sql) else { return nil }
        self.init(exactly: value)
    }
}

extension Bool: Column {
    var sql: DatabaseValue { databaseValue }
    init?(sql: DatabaseValue) {
        switch sql.storage {
        case .int64(0): self = false
        case .int64(1): self = true
        default: return nil
        }
    }
}

extension String: Column {
    var sql: DatabaseValue { databaseValue }
    init?(sql: DatabaseValue) {
        guard case .string(let value) = sql.storage else { return nil }
        self = value
    }
}

extension Data: Column {
    var sql: DatabaseValue { databaseValue }
    init?(sql: DatabaseValue) {
        guard case .blob(let value) = sql.storage else { return nil }
        self = value
    }
}

extension Optional: Column where Wrapped: Column {
    var sql: DatabaseValue { self?.sql ?? .null }
    init?(sql: DatabaseValue) {
        if sql.isNull {
            self = .none
        } else if let value = Wrapped(sql: sql) {
            self = value
        } else {
            return nil
        }
    }
}

extension Timestamp: Column {
    var sql: DatabaseValue { milliseconds.databaseValue }
    init?(sql: DatabaseValue) {
        guard let milliseconds = Int64(sql: sql) else { return nil }
        self.init(milliseconds: milliseconds)
    }
}

/// Stored in milliseconds.
extension Duration: Column {
    var sql: DatabaseValue { inMilliseconds.databaseValue }
    init?(sql: DatabaseValue) {
        guard let milliseconds = Int64(sql: sql) else { return nil }
        self = .milliseconds(milliseconds)
    }
}

extension Identifier: Column {
    var sql: DatabaseValue { description.databaseValue }
    init?(sql: DatabaseValue) {
        guard let text = String(sql: sql) else { return nil }
        self.init(text)
    }
}
