import Audit
import Foundation
import Glibc
package import Model
import RefreshProtocol
package import Secrets
package import StoreContract
import Threads

/// Hosts, keys and backups.
extension Administration {
    /// The hosts that the store knows, and which of them this one is.
    package func hosts() async throws -> (own: HostID, all: [HostRecord]) {
        (parts.host, try await pipeline.wrapping { try await parts.store.read { try $0.hosts() } })
    }

    /// Row 27: nobody waits any more for the word of that host about what it has sent. If it lives and holds an answer,
    /// a repeated refresh may revoke what it holds. Said twice, it is the same.
    /// - Throws: `not_found`, and `invalid_input` for this host itself or one whose heartbeat is fresh.
    package func declareLost(_ host: HostID, by user: String) async throws {
        let parts = parts
        guard host != parts.host else {
            throw PipelineError.invalid("host", "is this host itself: its spool is here")
        }
        try await pipeline.wrapping {
            try await parts.store.write { transaction in
                guard let found = try transaction.hosts().first(where: { $0.id == host }) else {
                    throw PipelineError(
                        .notFound, "The store knows no host of that id; see `token-manager hosts list`.")
                }
                guard !found.lost else { return }
                try Self.requireSilence(of: found, at: transaction.now, heartbeat: parts.settings.timing.heartbeat)
                try transaction.setLost(true, host: host)
                // Its row is locked now: a heartbeat that came in between counts.
                let now = try transaction.hosts().first { $0.id == host } ?? found
                try Self.requireSilence(of: now, at: transaction.now, heartbeat: parts.settings.timing.heartbeat)
                try transaction.append(
                    .ofHost(Self.name(user), "host_lost", "\(host)", at: transaction.now), of: parts.host)
            }
        }
    }

    /// It would speak again a moment later, and its answer may be what is given up here.
    private static func requireSilence(of host: HostRecord, at now: Timestamp, heartbeat: Duration) throws {
        guard host.isFresh(at: now, heartbeat: heartbeat) else { return }
        let rest = (heartbeat * 3).components.seconds
        throw PipelineError.invalid(
            "host", "lives: its heartbeat is fresh. End it, wait \(rest) s, and say so again if its disk is lost")
    }

    /// The data keys of one organization, oldest first; wrapped, as they are stored.
    package func dataKeys(of organization: OrganizationID) async throws -> [DataKeyRecord] {
        try await pipeline.wrapping { try await parts.store.read { try $0.dataKeys(of: organization) } }
    }

    /// Names the key encryption key.
    package var keyID: String { keys.id }

    /// Copies the store as it is now, seals the copy and puts it under a name that nothing has (SECURITY 59). All of it
    /// opens with the one key that its header names: whoever keeps that one can read it.
    /// - Parameters:
    ///   - path: absolute, of this machine.
    ///   - progress: from 0 to 1.
    package func backUp(
        to path: String, by user: String, progress: @escaping @Sendable (Double) throws -> Void
    ) async throws -> BackupHeader {
        guard let store = parts.store as? any CopyableStore else {
            throw PipelineError.invalid("store", "this store is backed up by its own tools (pg_dump, pg_basebackup)")
        }
        guard !FileManager.default.fileExists(atPath: path) else {
            throw PipelineError.invalid("file", "\(path) exists; name another file")
        }
        // First: no copy leaves that the audit does not know of.
        try await note("store_backup", path, by: user)
        // As `isDraft` knows it.
        let copy = workFolder + "/backup-" + String(UInt64.random(in: .min ... .max), radix: 16) + ".draft"
        defer { unlink(copy) }
        let seal = try await BackupSeal(store: parts.installation.storeID, madeAt: parts.store.now, with: keys)
        guard try await !needsOlderKey() else { throw Self.severalKeys }
        try await store.copy(to: copy) { try progress($0 / 2) }
        // Rotated meanwhile: the copy may hold what the new key has wrapped.
        guard keys.id == seal.header.key else { throw Self.severalKeys }
        try await WaitingThreads.run {
            try seal.seal(copy, into: path) { try progress(0.5 + $0 / 2) }
        }
        return seal.header
    }

    private static let severalKeys = PipelineError.invalid(
        "keys",
        "an older key than the one in use still wraps what is stored; run `token-manager keys rewrap`, then back up")

    /// Removes copies that a backup did not get to seal before its process ended. To be called by who has just taken the
    /// store: nobody makes one then.
    package static func removeDrafts(in folder: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where isDraft(name) { unlink(folder + "/" + name) }
    }

    /// As `backUp` names it, or SQLite a file beside it; no name that a person gave a backup.
    private static func isDraft(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].hasPrefix("backup-") else { return false }
        return parts[0].dropFirst("backup-".count).allSatisfy(\.isHexDigit)
            && ["draft", "draft-wal", "draft-shm", "draft-journal"].contains(parts[1])
    }
}
