package import Foundation
import GRDB
import StoreContract

extension SQLiteStore {
    /// Opens or creates a database; the only opener until `close()`.
    /// - Throws: `StoreError`: `locked` when another process has it, `incompatible` when a newer program wrote it or it is
    ///   something else, `unavailable` when the place is unusable. Nothing is written before those checks.
    package static func open(path: String, clock: StoreClock = .system()) throws -> SQLiteStore {
        try DatabaseFiles.prepareFolder(of: path)
        let lock = try DatabaseLock(database: path)
        do {
            let isThere = DatabaseFiles.holdsAnything(path)
            if isThere {
                try lock.hold(path)
                try inspect(path)
            }
            try DatabaseFiles.prepareFile(path)
            if !isThere { try lock.hold(path) }
            let pool = try DatabasePool(path: path, configuration: configuration())
            try pool.writeWithoutTransaction(makeDurable)
            try Schema.migrator.migrate(pool)
            // It holds all that the backup held, and what was deleted since.
            DatabaseReplacement.discardDraft(of: path)
            return SQLiteStore(pool: pool, lock: lock, clock: clock)
        } catch {
            lock.release()
            throw ErrorMapping.opening(error, path: path)
        }
    }

    /// An entry of the installation in a database that is not opened yet; nil where there is none, or no database. Not a
    /// byte is written, and nothing is left beside the database: opening it for work is a write already.
    /// - Throws: `StoreError` when the file cannot be read.
    package static func storedSetting(_ name: String, path: String) throws -> Data? {
        guard DatabaseFiles.holdsAnything(path) else { return nil }
        do {
            return try look(at: path) { database in
                guard try database.tableExists("setting") else { return nil }
                return try Data.fetchOne(database, sql: "SELECT value FROM setting WHERE name = ?", arguments: [name])
            }
        } catch {
            throw ErrorMapping.opening(error, path: path)
        }
    }

    /// Whether a process has that database open, this one included.
    package static func isHeld(path: String) -> Bool { DatabaseLock.isHeld(database: path) }

    /// Looks at an existing file without changing it.
    private static func inspect(_ path: String) throws {
        try look(at: path) { database in
            let tables = try String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
            if !tables.isEmpty && !tables.contains("grdb_migrations") {
                throw StoreError(.incompatible, "\(path) is another program's database; name another file")
            }
            if try Schema.migrator.hasBeenSuperseded(database) {
                throw StoreError(.incompatible, "\(path) was written by a newer version; start that one or a later one")
            }
        }
    }

    private static func look<Value>(at path: String, _ body: (Database) throws -> Value) throws -> Value {
        var configuration = Configuration()
        // Who may only read leaves behind the empty log that SQLite makes to read with; who may write takes it away. But
        // where a log is there he would put it into the database.
        configuration.readonly = ["-wal", "-journal"].contains { FileManager.default.fileExists(atPath: path + $0) }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? queue.close() }
        return try queue.read(body)
    }

    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.label = "store"
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        configuration.foreignKeysEnabled = true
        // A roll-back that fails on a dying disk must end in an error, not in GRDB's trap.
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { database in
            // What is erased is overwritten, whatever SQLite was built with (`scrub`).
            try database.execute(
                sql: """
                    PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = ON
                    """)
        }
        return configuration
    }

    /// GRDB sets NORMAL on the writer after `prepareDatabase`, which may lose the last commits in a power cut.
    private static func makeDurable(_ database: Database) throws {
        try database.execute(sql: "PRAGMA synchronous = FULL")
        let level = try Int.fetchOne(database, sql: "PRAGMA synchronous")
        guard level == 2 else {
            throw StoreError(.unavailable, "SQLite does not sync its commits (synchronous = \(level ?? -1), not 2)")
        }
    }
}
