import Foundation
import GRDB
import StoreContract

/// SQLite's errors in the contract's words. Messages carry names of tables and columns, never values.
enum ErrorMapping {
    /// Runs and maps; errors that are not SQLite's pass.
    static func mapped<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as DatabaseError { throw storeError(error) }
    }

    static func storeError(_ error: DatabaseError) -> StoreError {
        let text = "SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "no message")"
        switch error.resultCode {
        case .SQLITE_CONSTRAINT:
            if error.extendedResultCode == .SQLITE_CONSTRAINT_FOREIGNKEY { return StoreError(.missing, text) }
            if let rule = brokenRule(error.message ?? "") { return .conflict(rule) }
            return StoreError(.conflict, text)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: return StoreError(.corrupt, text)
        default: return StoreError(.unavailable, text)
        }
    }

    /// A commit whose sync failed may come back after a crash: its pages may lie in the log. Everything else is certain.
    static func commitError(_ error: DatabaseError) -> StoreError {
        guard error.resultCode == .SQLITE_IOERR else { return storeError(error) }
        return StoreError(.acknowledgementLost, "SQLite \(error.extendedResultCode.rawValue) at commit")
    }

    /// Errors of `open`, with the file's name.
    static func opening(_ error: any Error, path: String) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        let mapped = storeError(error)
        let code: StoreError.Code = mapped.code == .corrupt ? .incompatible : mapped.code
        return StoreError(code, "\(path): \(mapped.detail)")
    }

    /// SQLite names the columns of the index: `UNIQUE constraint failed: attempt.connection, attempt.line`.
    private static func brokenRule(_ message: String) -> StoreRule? {
        guard let colon = message.range(of: "failed: ") else { return nil }
        return Schema.rules[String(message[colon.upperBound...])]
    }
}

extension Database {
    /// One transaction with the write lock from its first moment; every way out but success rolls back.
    func transact<Value>(_ body: (Database) throws -> Value) throws -> Value {
        do {
            try ErrorMapping.mapped { try cachedStatement(sql: "BEGIN IMMEDIATE TRANSACTION").execute() }
            let value = try ErrorMapping.mapped { try body(self) }
            do { try cachedStatement(sql: "COMMIT TRANSACTION").execute() } catch let error as DatabaseError {
                throw ErrorMapping.commitError(error)
            }
            return value
        } catch {
            if isInsideTransaction { try? rollback() }
            throw error
        }
    }
}
