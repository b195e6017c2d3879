import CLinux
import Foundation
import GRDB
import Glibc
package import Model
package import StoreContract

/// Puts another database into the place of one that no process uses: prepared beside it, checked, and exchanged by one
/// rename, so that a crash leaves the one or the other. Holds the database's lock as long as it lives.
package final class DatabaseReplacement: Sendable {
    /// Where the new one is prepared.
    package let draft: String
    private let path: String
    private let lock: DatabaseLock

    private static let sideFiles = ["-wal", "-shm"]

    /// - Throws: `StoreError`: `locked` when a host runs, `unavailable` when the place is unusable.
    package init(of path: String) throws {
        try DatabaseFiles.prepareFolder(of: path)
        lock = try DatabaseLock(database: path)
        if DatabaseFiles.holdsAnything(path) { try lock.hold(path) }
        self.path = path
        draft = Self.draft(of: path)
        discard()
    }

    /// Reads the database that is about to be replaced, without changing it. Nil where there is none.
    package func readCurrent<Result>(_ body: (any StoreReader) throws -> Result) throws -> Result? {
        try readSession { try body($0) }
    }

    /// What the database that is about to be replaced knows as handed over, whatever version wrote it last.
    package func handOvers() throws -> [HandOver] { try readSession { try $0.handOvers() } ?? [] }

    private func readSession<Result>(_ body: (SQLiteSession) throws -> Result) throws -> Result? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        var configuration = Configuration()
        configuration.readonly = true
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? queue.close() }
            return try queue.read { try body(SQLiteSession(database: $0, now: StoreClock.system().now)) }
        } catch {
            throw ErrorMapping.opening(error, path: path)
        }
    }

    /// Opens the draft as a store, brought to this program's schema. The caller closes it before `replace`.
    /// - Throws: `StoreError.Code.incompatible` unless every page and reference of it is sound.
    package func openDraft() throws -> SQLiteStore {
        let store = try SQLiteStore.open(path: draft)
        do {
            let damage = try store.pool.read { database in
                try String.fetchAll(database, sql: "PRAGMA integrity_check(1)").filter { $0 != "ok" }
                    + Row.fetchAll(database, sql: "PRAGMA foreign_key_check").prefix(1).map { "\($0)" }
            }
            guard let first = damage.first else { return store }
            throw StoreError(.incompatible, "the database in the backup is damaged: \(first); take another backup")
        } catch {
            throw ErrorMapping.opening(error, path: draft)
        }
    }

    /// Puts the draft in place.
    /// - Parameter mark: the end of the name that the replaced database gets.
    /// - Returns: where that one lies now; nil where there was none.
    package func replace(keepingAs mark: String) throws -> String? {
        let log = (try? FileManager.default.attributesOfItem(atPath: draft + "-wal")[.size] as? Int) ?? 0
        guard log == 0 else { throw StoreError(.unavailable, "\(draft) is still in use") }
        let name = path + Self.keptEnd + mark
        // Another one of the same second is left alone.
        let names = [name] + (2...99).map { "\(name)-\($0)" }
        let old = try keepCurrent(as: names.first { !exists($0) } ?? name)
        guard rename(draft, path) == 0 else { throw DatabaseFiles.unavailable("cannot rename \(draft)", errno) }
        try synchronize()
        discard()
        return old
    }

    /// Removes what was prepared.
    package func discard() { Self.discardDraft(of: path) }

    /// Removes what a restore that died has prepared beside a database. Only for who holds that database.
    static func discardDraft(of path: String) {
        for end in [""] + sideFiles + [".lock"] { unlink(draft(of: path) + end) }
    }

    private static func draft(of path: String) -> String { path + ".draft" }

    /// What follows the database's name in that of one that was replaced.
    static let keptEnd = ".replaced-"

    private func keepCurrent(as old: String) throws -> String? {
        let isThere = exists(path)
        // Folds its log in. Where it is too damaged for that, the log goes along: beside the new one it would be taken
        // for the new one's.
        if isThere, let queue = try? DatabaseQueue(path: path) {
            let isFolded = (try? queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }) != nil
            let isReadable = (try? queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM connection") }) != nil
            try? queue.close()
            guard isFolded || !isReadable else {
                throw StoreError(
                    .unavailable,
                    "the last commits of \(path) cannot be kept with it: free the disk and close what reads it. Nothing "
                        + "was replaced")
            }
        }
        // A second name, so that the first is never without a database.
        guard !isThere || link(path, old) == 0 else {
            throw DatabaseFiles.unavailable("cannot keep \(path) as \(old)", errno)
        }
        for end in Self.sideFiles where exists(path + end) {
            guard rename(path + end, old + end) == 0 else {
                throw DatabaseFiles.unavailable("cannot rename \(path + end)", errno)
            }
        }
        try synchronize()
        return isThere ? old : nil
    }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    private func synchronize() throws {
        let folder = (path as NSString).deletingLastPathComponent
        let result = tm_sync_folder(folder.isEmpty ? "." : folder)
        guard result == 0 else { throw DatabaseFiles.unavailable("cannot sync the folder of \(path)", result) }
    }
}
