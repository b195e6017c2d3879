import Audit
import Foundation
package import Logging
package import Model
package import RefreshProtocol
package import Spool
package import StoreContract

/// The epoch of the store, and the look whether it went back (PROTOCOL.md §9).
package enum Epoch {
    private static let name = "epoch"

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

    /// Reads the epoch at start. A store whose mark lies behind the journal's was restored or rolled back: a new epoch
    /// begins, generations continue at epoch × 2^32, and rotating lines wait in VERIFY. What this host has handed over since
    /// is entered again, and what the store knows of hand-overs besides is noted outside it.
    package static func settle(
        _ store: any Store, spool: SpoolFolder, timing: Timing, logger: Logger
    ) async throws -> Int64 {
        let epoch = try await read(store, spool: spool, timing: timing, logger: logger)
        try await HandOver.note(knownTo: store, in: spool)
        return epoch
    }

    private static func read(
        _ store: any Store, spool: SpoolFolder, timing: Timing, logger: Logger
    ) async throws -> Int64 {
        let (epoch, mark) = try await store.write { transaction -> (Int64, Int64) in
            let epoch = try stored(in: transaction)
            if epoch == nil { try transaction.set(Data("1".utf8), for: name) }
            return (epoch ?? 1, try transaction.highestMark())
        }
        let seen = spool.journal.highestMark
        // Before the epoch begins, so that a crash half way does it again; also where somebody else has begun it.
        if mark < seen || epoch > number(ofMark: seen) {
            let known = try spool.handOvers.read()
            for file in known.damaged {
                logger.critical(
                    "a note of a hand-over is damaged: let no connection go on that is in an export",
                    metadata: ["file": "\(file)"])
            }
            try await HandOver.recall(known.handOvers, in: store, timing: timing)
        }
        guard mark < seen else {
            // Before anything is served: what goes back from here on is noticed, also where nothing is presented until then.
            try await spool.journal.note(mark: mark)
            return epoch
        }
        logger.critical(
            "the store went back: it was restored or rolled back; rotating connections wait for the operator",
            metadata: ["mark": "\(mark)", "journal": "\(seen)"])
        let next = try await begin(
            above: max(epoch, number(ofMark: seen)), in: store, timing: timing,
            for: Reason(host: spool.host, caller: "host", action: "store_went_back"))
        try await note(next, in: spool)
        return next
    }

    /// The stored epoch; nil in a store that no host has opened yet.
    package static func stored(in reader: any StoreReader) throws -> Int64? {
        try reader.setting(name).flatMap { Int64(String(decoding: $0, as: UTF8.self)) }
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
    /// - Returns: the new epoch.
    package static func begin(
        above known: Int64, in store: any Store, timing: Timing, quiet: Set<LineID> = [], for reason: Reason
    ) async throws -> Int64 {
        let epoch = known + 1
        var last: LineID?
        repeat {
            let after = last
            last = try await store.write { transaction in
                let lines = try transaction.lines(after: after, limit: 200)
                for line in lines {
                    let event = LineEvent.storeWentBack(epoch: epoch, mayBeAtWork: !quiet.contains(line))
                    _ = try transaction.step(line, event, timing: timing)
                }
                return lines.last
            }
        } while last != nil
        // Last, so that a crash half way begins again with the same epoch.
        try await store.write { transaction in
            try transaction.raiseCounters(to: epoch << 32)
            try transaction.retireDataKeys()
            try transaction.append(
                .ofHost(reason.caller, reason.action, "epoch \(epoch)", at: transaction.now), of: reason.host)
            try transaction.set(Data("\(epoch)".utf8), for: name)
        }
        return epoch
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
        try append(AuditEntry(ChainLink.next(after: writeHead(of: host), record: record), of: host))
    }
}
