import Foundation
import SQLiteStore
import Secrets
import Settings

/// Keys, store and spool.
extension Doctor {
    func keyFile() async -> Finding {
        let path = settings.storage.keyFile
        guard let file = FileFacts(path) else {
            let isFirst = await hasNoStore()
            return isFirst
                ? .ok("key file", "\(path) is made at the first start")
                : .fail("key file", "\(path) is missing", remedy: "restore it; nothing in the store opens without it")
        }
        return file.privacy(as: "key file", mode: "600")
            ?? (file.size == 32
                ? .ok("key file", "\(path) is private")
                : .fail("key file", "\(path) does not hold 32 bytes", remedy: "restore it from its copy"))
    }

    /// Of a database that cannot be asked it is not known.
    private func hasNoStore() async -> Bool {
        guard let postgres = settings.storage.postgres else { return FileFacts(settings.storage.databasePath) == nil }
        guard let found = try? await PostgresAccess(postgres).look(for: Installation.keyCheck) else { return false }
        return found.value == nil
    }

    func store(isHeld: Bool) async -> Finding {
        if let postgres = settings.storage.postgres { return await store(on: PostgresAccess(postgres)) }
        let path = settings.storage.databasePath
        guard let file = FileFacts(path) else { return .ok("store", "\(path) is made at the first start") }
        if let problem = file.privacy(as: "store", mode: "600") { return problem }
        do {
            if !isHeld, SQLiteStore.isHeld(path: path) {
                return .warn(
                    "store", "a process holds \(path) and does not answer at the door",
                    remedy: "wait until it has started, or end it")
            }
            guard let check = try SQLiteStore.storedSetting(Installation.keyCheck, path: path) else {
                return .warn("store", "\(path) has no keys yet", remedy: "start the host once")
            }
            try await KeyCheck.verify(
                check, FileKeyProvider(path: settings.storage.keyFile, createIfMissing: false))
            return .ok("store", isHeld ? "the running host holds \(path)" : "\(path) opens with this key")
        } catch {
            return .fail("store", "\(error)", remedy: "set STORE_URL and KEY_PROVIDER as the host had them")
        }
    }

    private func store(on database: PostgresAccess) async -> Finding {
        do {
            guard let check = try await database.look(for: Installation.keyCheck).value else {
                return .warn("store", "\(database.name) has no keys yet", remedy: "start the host once")
            }
            try await KeyCheck.verify(
                check, FileKeyProvider(path: settings.storage.keyFile, createIfMissing: false))
            return .ok("store", "\(database.name) opens with this key")
        } catch {
            return .fail(
                "store", "\(error)",
                remedy: "start PostgreSQL, and set STORE_URL, STORE_MIGRATION_URL and KEY_PROVIDER as the host has them"
            )
        }
    }

    func spool() -> Finding {
        let path = settings.storage.spoolFolder
        guard let folder = FileFacts(path) else { return .ok("spool", "\(path) is made at the first start") }
        if let problem = folder.privacy(as: "spool", mode: "700") { return problem }
        let damaged = (try? FileManager.default.contentsOfDirectory(atPath: path + "/damaged"))?.count ?? 0
        if damaged > 0 {
            return .warn(
                "spool", "\(damaged) answers that cannot be opened lie in \(path)/damaged",
                remedy: "look into the log for their connections; remove the files when those are well")
        }
        let free = folder.freeBytes >> 20
        let text = "\(free) MiB are free for \(path)"
        if free < 64 { return .fail("spool", text, remedy: "make room: without it no refresh can be kept") }
        return free < 1024 ? .warn("spool", text, remedy: "make room soon") : .ok("spool", text)
    }
}
