import Audit
import Foundation
package import Logging
package import Model
package import RefreshProtocol
package import Spool
package import StoreContract

/// The epoch of the store, and the look whether it went back (PROTOCOL.md §9).
package enum Epoch {
    static let name = "epoch"

    /// Who begins an epoch, and why; for the audit.
    package struct Reason: Sendable {
        /// The host that the record stands with.
        package var host: HostID
        /// `host`, or the operator who restored a backup.
        package var caller: String
        package var action: String

        package init(host: HostID, caller: String, action: String) {
            self.host = host
            self.caller = caller
            self.action = action
        }
    }

    /// Looks at the store at start. A store that went back was restored or rolled back: a new epoch begins, generations
    /// continue at epoch × 2^32, and rotating lines wait in VERIFY. What this host has handed over since is entered again,
    /// and what the store knows of hand-overs besides is noted outside it.
    package static func settle(
        _ store: any Store, spool: SpoolFolder, timing: Timing, logger: Logger
    ) async throws -> EpochKeeper {
        let keeper = EpochKeeper(store, spool: spool, timing: timing, logger: logger)
        try await keeper.look()
        try await HandOver.note(knownTo: store, in: spool)
        return keeper
    }

    /// The stored epoch; nil in a store that no host has opened yet.
    package static func stored(in reader: any StoreReader) throws -> Int64? {
        try reader.setting(name).flatMap(StoredEpoch.init)?.current
    }

    /// Makes an epoch known outside its store, once that store is in place.
    package static func note(_ epoch: Int64, in spool: SpoolFolder) async throws {
        try await spool.journal.note(mark: epoch << 32)
    }

    /// The epoch in which a mark was drawn: each epoch's begin at epoch × 2^32.
    package static func number(ofMark mark: Int64) -> Int64 { max(1, mark >> 32) }

    /// The lines of which certainly nothing is at work at the provider, by a store whose host has ended.
    package static func quietLines(in reader: any StoreReader, now: Timestamp) throws -> Set<LineID> {
        var (found, last): (Set<LineID>, LineID?) = ([], nil)
        repeat {
            let page = try reader.lines(after: last, limit: 200)
            for id in page {
                guard let line = try reader.line(id) else { continue }
                // Unresolved ones count whatever their times: a restart may have moved the store's clock.
                let isQuiet = line.openAttempt == nil && line.quietAt <= now && line.unresolved.isEmpty
                if isQuiet, line.current != nil { found.insert(id) }
            }
            last = page.last
        } while last != nil
        return found
    }

    /// Begins the epoch after all that are known of: for a host that sees that the store went back, and for a restore,
    /// which knows it without a mark.
    /// - Parameter quiet: The lines of which certainly nothing is at work at the provider.
    /// - Returns: the new epoch. Once over all hosts: who comes second finds it begun, and changes nothing any more.
    package static func begin(
        above known: Int64, in store: any Store, timing: Timing, quiet: Set<LineID> = [], for reason: Reason
    ) async throws -> Int64 {
        let epoch = known + 1
        // First: from here on no host presents anything, though the lines take their time.
        guard try await store.write({ try $0.announce(epoch) }) else { return epoch }
        var last: LineID?
        repeat {
            let after = last
            last = try await store.write { transaction in
                // Ways out of VERIFY may have been taken since.
                guard try transaction.epoch().current < epoch else { return nil }
                let lines = try transaction.lines(after: after, limit: 200)
                for line in lines {
                    let event = LineEvent.storeWentBack(epoch: epoch, mayBeAtWork: !quiet.contains(line))
                    _ = try transaction.step(line, event, timing: timing)
                }
                return lines.last
            }
        } while last != nil
        // Last, so that a crash half way begins again with the same epoch.
        try await store.write { try $0.enter(epoch, for: reason) }
        return epoch
    }
}

extension StoreTransaction {
    fileprivate func epoch() throws -> StoredEpoch {
        try sight().epoch.flatMap(StoredEpoch.init) ?? StoredEpoch(current: 1)
    }

    /// - Returns: whether it is still to be begun.
    fileprivate func announce(_ epoch: Int64) throws -> Bool {
        var stored = try setting(Epoch.name).flatMap(StoredEpoch.init) ?? StoredEpoch(current: 1)
        guard stored.current < epoch else { return false }
        stored.begins = max(epoch, stored.begins ?? 0)
        try set(stored.stored, for: Epoch.name)
        return true
    }

    /// Works alone on a shared store (`raiseCounters`), so that one host does it and no other writes meanwhile.
    fileprivate func enter(_ epoch: Int64, for reason: Epoch.Reason) throws {
        try raiseCounters(to: epoch << 32)
        let stored = try self.epoch()
        guard stored.current < epoch else { return }
        try retireDataKeys()
        try append(.ofHost(reason.caller, reason.action, "epoch \(epoch)", at: now), of: reason.host)
        let begins = stored.begins.flatMap { $0 > epoch ? $0 : nil }
        try set(StoredEpoch(current: epoch, begins: begins).stored, for: Epoch.name)
    }
}

extension StoreTransaction {
    /// What the lost rows had counted is not known: a key whose count went back seals nothing any more (SECURITY 22).
    fileprivate func retireDataKeys() throws {
        for organization in try organizations() {
            for key in try dataKeys(of: organization) where !key.retired { try retire(dataKey: key.id) }
        }
    }

    /// Appends a record to a host's write chain, in this transaction.
    func append(_ record: AuditRecord, of host: HostID) throws {
        try append(UnlinkedRecord(record, of: host))
    }
}
