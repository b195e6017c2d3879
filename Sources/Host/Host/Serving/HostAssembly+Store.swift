import Foundation
import Model
import RefreshProtocol
import SQLiteStore
import Secrets
import Settings
import Spool
import StoreContract

/// Which store it is, and that the key is its own.
extension HostAssembly {
    /// Takes the store of `STORE_URL`, and the spool where the store has to know whose it is.
    func openStore() async throws -> (store: any Store, spool: SpoolFolder?) {
        guard let postgres = settings.storage.postgres else {
            return (try SQLiteStore.open(path: settings.storage.databasePath), nil)
        }
        let access = PostgresAccess(postgres)
        // On a clock that is not the store's, what was sent before could be taken for sent later.
        let spool = try openSpool(now: try await access.look(for: Installation.keyCheck).now)
        let store = try await access.open()
        return (store, spool)
    }

    /// Looks at what could refuse a host's start before a store is made for it: refused later, it would leave a database and a
    /// key behind. A store that is held refuses it by itself, and to have one on PostgreSQL makes nothing.
    func lookFirst(_ door: AdminAccess) throws {
        guard settings.storage.postgres == nil, !SQLiteStore.isHeld(path: settings.storage.databasePath) else { return }
        try SpoolFolder.requireFree(settings.storage.spoolFolder)
        try SpoolOwner(settings.storage).require()
        try door.requireFreeDoor()
    }

    /// The spool, if it is this store's.
    func openSpool(now: Timestamp) throws -> SpoolFolder {
        let spool = try SpoolFolder.open(settings.storage.spoolFolder, now: now)
        try SpoolOwner(settings.storage).take(spool)
        return spool
    }

    /// Opening the store writes to it; with another key not a byte may change (SECURITY.md line 26).
    func verifyKey() async throws {
        guard let check = try await settings.storage.storedSetting(Installation.keyCheck) else { return }
        try await explainingKeys {
            try await KeyCheck.verify(check, FileKeyProvider(path: settings.storage.keyFile, createIfMissing: false))
        }
    }

    /// Says what to do where this host has not the key that the others of its database have: each needs the same.
    func explainingKeys<Result>(_ body: () async throws -> Result) async throws -> Result {
        do { return try await body() } catch let error as SecretsError {
            let file = settings.storage.keyFile
            guard settings.storage.postgres != nil,
                error.code == .wrongKey || !FileManager.default.fileExists(atPath: file)
            else { throw error }
            throw StartFailure(
                """
                KEY_PROVIDER: \(error) Hosts of one database share its key: where others work on this one, copy the key file of \
                one of them here as \(file), mode 0600, with those beside it that bear a key's id, and start again.
                """, code: .dependencyUnreachable)
        }
    }
}

extension HostSettings.Storage {
    /// An entry of a store that is not opened yet; nil where there is none, or no store.
    func storedSetting(_ name: String) async throws -> Data? {
        guard let postgres else { return try SQLiteStore.storedSetting(name, path: databasePath) }
        return try await PostgresAccess(postgres).look(for: name).value
    }
}
