import CLinux
import Foundation
import Model
import Pipeline
import SQLiteStore
import Secrets
import Settings
import Spool
import StoreContract
import Threads

/// `store restore`: puts a backup in the place of the store and begins a new epoch in it, before any host can open it
/// (PROTOCOL.md §9, SECURITY 59). Everything is verified first; the replaced database stays beside.
struct StoreRestore {
    let settings: HostSettings
    /// Who restores, for the audit.
    let user: String

    struct Result {
        let header: BackupHeader
        let epoch: Int64
        /// Where the replaced database lies; nil where there was none.
        let replaced: String?
        /// What the operator should know although it worked.
        let warnings: [String]
    }

    /// What the database that is replaced still tells.
    private struct Replaced {
        var epoch: Int64
        var keys: [DataKeyRecord]
        /// Organizations that were deleted: a backup does not bring them back.
        var ends: [OrganizationEnd]
        /// Other hosts have what these lines present: a backup does not know of it.
        var handOvers: [HandOver] = []
        /// Lines of which certainly nothing is at work at the provider any more.
        var quiet: Set<LineID>
        var mark: Int64
        var secret: Data?
    }

    /// - Parameter progress: from 0 to 1.
    func run(from file: String, progress: (Double) throws -> Void) async throws -> Result {
        _ = tm_forbid_dumps()
        for path in [settings.storage.databasePath, settings.storage.spoolFolder] { try AdminAccess.requireOwn(path) }
        let header = try BackupHeader.read(file)
        let keys = try FileKeyProvider(path: settings.storage.keyFile, createIfMissing: false)
        let seal = try await BackupSeal(opening: header, with: keys)
        let replacement = try DatabaseReplacement(of: settings.storage.databasePath)
        defer { replacement.discard() }
        // A host whose database was moved away still holds its spool. Made where it is lost: the host goes on with it.
        let spool = try SpoolFolder.open(settings.storage.spoolFolder, now: .wallClock)
        var warnings: [String] = []
        let replaced = try await self.replaced(replacement, header, keys, &warnings)
        let handOvers = try spool.handOvers.read()
        warnings += handOvers.damaged.map { "\($0), a note of a hand-over, is damaged: \(Self.forgottenHandOvers)" }
        try await WaitingThreads.run {
            try seal.open(file, into: replacement.draft) { try progress($0 * 0.9) }
        }
        let epoch = try await prepare(replacement, header, keys, replaced, handOvers.handOvers, spool)
        let mark = Date().formatted(.iso8601.dateSeparator(.omitted).timeSeparator(.omitted))
        let old = try replacement.replace(keepingAs: mark)
        // Not before: a database that stays where it is would count as one that went back.
        do { try await Epoch.note(epoch, in: spool) } catch {
            warnings.append("the journal cannot be written (\(error)): make room in SPOOL_DIR before the host starts")
        }
        try progress(1)
        return Result(header: header, epoch: epoch, replaced: old, warnings: warnings)
    }

    /// - Throws: `SecretsError` when the database there is another installation's.
    private func replaced(
        _ replacement: DatabaseReplacement, _ header: BackupHeader, _ keys: FileKeyProvider,
        _ warnings: inout [String]
    ) async throws -> Replaced? {
        var found: Replaced?
        do {
            found = try replacement.readCurrent { reader in
                Replaced(
                    epoch: try Epoch.stored(in: reader) ?? 1,
                    keys: try reader.organizations().flatMap { try reader.dataKeys(of: $0) },
                    // A database that an earlier version wrote has none.
                    ends: (try? reader.organizationEnds()) ?? [],
                    quiet: (try? Epoch.quietLines(in: reader, now: .wallClock)) ?? [], mark: try reader.highestMark(),
                    secret: try reader.setting(Installation.secretSetting))
            }
        } catch {
            warnings.append(
                "the replaced database cannot be read (\(error)): what the spool holds under keys newer than the backup "
                    + "cannot be adopted, organizations that were deleted since the backup are back, and \(Self.noteOnly)"
            )
            return nil
        }
        do { found?.handOvers = try replacement.handOvers() } catch {
            warnings.append("the connections of the replaced database cannot be read (\(error)): \(Self.noteOnly)")
        }
        if let secret = found?.secret {
            try await requireSame(secret, as: header, keys, "The database that would be replaced")
        }
        return found
    }

    private static let noteOnly =
        "connections that were handed over are known by the notes in SPOOL_DIR alone; "
        + "if that was lost, too, let none go on that is in an export"
    private static let forgottenHandOvers =
        "what it was about is not known as handed over; let no connection go on that is in an export"

    /// Brings the draft to this program's schema and begins the epoch after all that anybody here knows of.
    private func prepare(
        _ replacement: DatabaseReplacement, _ header: BackupHeader, _ keys: FileKeyProvider, _ replaced: Replaced?,
        _ kept: [HandOver], _ spool: SpoolFolder
    ) async throws -> Int64 {
        let store = try replacement.openDraft()
        do {
            let (check, secret, stored) = try await store.read { reader in
                (
                    try reader.setting(Installation.keyCheck), try reader.setting(Installation.secretSetting),
                    try Epoch.stored(in: reader)
                )
            }
            guard let check, let secret else {
                throw StoreError(.incompatible, "the database in the backup has no keys; take another backup")
            }
            try await KeyCheck.verify(check, keys)
            try await requireSame(secret, as: header, keys, "The database in the backup")
            // First: what is begun anew since has keys, and those of before stay away.
            try await takeOver(replaced?.ends ?? [], store)
            try await takeOver(replaced?.keys ?? [], store)
            try await HandOver.recall(
                (replaced?.handOvers ?? []) + kept, in: store, timing: settings.timing)
            let known = [stored ?? 1, replaced?.epoch ?? 1, Epoch.number(ofMark: spool.journal.highestMark)]
            // One that went back itself does not know what was sent last.
            let latest = replaced.flatMap { $0.mark >= spool.journal.highestMark ? $0 : nil }
            let epoch = try await Epoch.begin(
                above: known.max() ?? 1, in: store, timing: settings.timing,
                quiet: latest?.quiet ?? [],
                for: Epoch.Reason(host: spool.host, caller: "operator:\(user)", action: "store_restore"))
            try await store.close()
            return epoch
        } catch {
            try? await store.close()
            throw error
        }
    }

    /// Data keys that are younger than the backup: what the spool holds may be sealed with them.
    private func takeOver(_ keys: [DataKeyRecord], _ store: any Store) async throws {
        try await store.write { transaction in
            for key in keys {
                let known = try transaction.dataKeys(of: key.organization)
                guard try transaction.end(of: key.organization)?.hasErased(key) != true,
                    !known.contains(where: { $0.id == key.id })
                else { continue }
                try transaction.insert(key)
            }
        }
    }

    /// What was deleted since the backup is deleted in it, too, also when the name has begun anew since.
    private func takeOver(_ ends: [OrganizationEnd], _ store: any Store) async throws {
        for end in ends {
            try await store.write { transaction in
                let known = try transaction.end(of: end.organization)
                // A backup that is younger than the replaced database knows better.
                if let known, known.isFurther(than: end) { return }
                if let erasedAt = end.erasedAt, erasedAt != known?.erasedAt {
                    try transaction.erase(end.organization)
                }
                // Inserted, since the times of its beginning may differ.
                try transaction.eraseEnd(of: end.organization)
                try transaction.save(end)
            }
        }
        if !ends.isEmpty { try await store.scrub() }
    }

    private func requireSame(
        _ secret: Data, as header: BackupHeader, _ keys: FileKeyProvider, _ what: String
    ) async throws {
        guard try await InstallationSecret(opening: secret, keys).storeID == header.store else {
            throw SecretsError(
                .refused, "\(what) is another store's than the backup says. Move it away, or take another backup.")
        }
    }
}

extension OrganizationEnd {
    /// Whether it is of a later deletion, or of the same one and has come further.
    fileprivate func isFurther(than other: OrganizationEnd) -> Bool {
        func steps(_ end: OrganizationEnd) -> Int {
            [end.erasedAt, end.endedAt, end.reopenedAt].compactMap(\.self).count
        }
        return (beganAt, steps(self)) > (other.beganAt, steps(other))
    }

    /// A key that is made once the name has begun anew is none of those that were erased.
    fileprivate func hasErased(_ key: DataKeyRecord) -> Bool {
        guard let erasedAt else { return false }
        return isInForce || key.createdAt <= erasedAt
    }
}
