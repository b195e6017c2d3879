import Foundation
import Logging
import Model
import RefreshProtocol
import Spool
import StoreContract

/// A look whether the store went back (PROTOCOL.md §9), and what follows from it, until store and host agree.
struct StoreLook {
    struct Found: Sendable {
        var epoch: Int64
        var sight: StoreSight
        var pausedUntil: Timestamp?
    }

    private struct Seen: Sendable {
        var epoch: StoredEpoch
        var sight: StoreSight
        var pausedUntil: Timestamp?
    }

    private let keeper: EpochKeeper
    /// What the look before it found; nil at the start.
    private let before: StoreSight?
    /// The epoch in which a transaction has shown that the store went back.
    private let proof: Int64?

    private var store: any Store { keeper.store }
    private var spool: SpoolFolder { keeper.spool }

    init(_ keeper: EpochKeeper, before: StoreSight?, proof: Int64?) {
        self.keeper = keeper
        self.before = before
        self.proof = proof
    }

    /// - Parameter distrust: Called before anything is settled.
    func run(distrust: @Sendable () -> Void) async throws -> Found {
        var checked = before?.session
        while true {
            let memory = StoreMemory(mark: spool.journal.highestMark)
            let seen = try await see()
            var judgement = memory.judge(seen.epoch, highest: seen.sight.mark)
            if judgement == .asKnown || judgement == .begun(seen.epoch.current), checked != seen.sight.session {
                distrust()
                if try await isOlderThanTheJournal() { judgement = .wentBack(next: memory.next(after: seen.epoch)) }
                checked = seen.sight.session
            }
            if proof == seen.epoch.current { judgement = .wentBack(next: memory.next(after: seen.epoch)) }
            guard judgement != .asKnown else {
                // Before anything is served: what goes back from here on is noticed.
                try await spool.journal.note(mark: seen.sight.mark)
                return Found(epoch: seen.epoch.current, sight: seen.sight, pausedUntil: seen.pausedUntil)
            }
            distrust()
            try await settle(judgement, memory, seen)
        }
    }

    /// A transaction that writes, so that its commit makes the marks durable that it has seen. It is a heartbeat.
    private func see() async throws -> Seen {
        let (host, spool, isFirst, timing) = (spool.host, spool, before == nil, keeper.timing)
        let isShared = !store.isExclusive
        let (seen, wasLost) = try await store.write { transaction -> (Seen, Bool) in
            let hosts = try transaction.hosts()
            let wasLost = hosts.contains { $0.id == host && $0.lost }
            if isShared { try transaction.noteSilence(of: hosts, timing: timing) }
            try transaction.heartbeat(of: host, boot: spool.bootHeard)
            if wasLost {
                try transaction.append(.ofHost("host", "host_returned", "\(host)", at: transaction.now), of: host)
            }
            var sight = try transaction.sight()
            let isFresh = sight.epoch == nil
            if isFresh {
                guard isFirst else {
                    throw StoreError(.unavailable, "the store has no epoch any more: is a restore of it under way?")
                }
                let first = StoredEpoch(current: 1).stored
                try transaction.set(first, for: Epoch.name)
                sight.epoch = first
            }
            guard let epoch = sight.epoch.flatMap(StoredEpoch.init) else {
                throw StoreError(.corrupt, "the entry epoch of the store is not a number")
            }
            let since = isShared ? try transaction.note(session: sight.session, isFresh: isFresh) : nil
            return (
                Seen(epoch: epoch, sight: sight, pausedUntil: since.map { $0 + timing.heartbeat * 2 }), wasLost
            )
        }
        if wasLost {
            keeper.logger.warning(
                """
                this host was declared lost and is back: others may have sent again what it had sent, and what its spool \
                holds comes late; look at connections that wait for authorization
                """, metadata: ["host": "\(host)"])
        }
        return seen
    }

    /// Whether a line of the last presentations has a fence below the journal's. One that is erased says nothing.
    private func isOlderThanTheJournal() async throws -> Bool {
        guard !store.isExclusive else { return false }
        // Taken first: lines go on meanwhile.
        let journal = spool.journal
        let noted = Dictionary(journal.recent().map { ($0.line, journal.lastFence(of: $0.line)) }) { first, _ in first }
        var left = Array(noted)
        while !left.isEmpty {
            let some = Array(left.suffix(100))
            left.removeLast(some.count)
            let isOlder = try await store.read { reader in
                try some.contains { line, fence in
                    guard let stored = try reader.line(line) else { return false }
                    return StoreMemory.contradicts(fence: stored.fence, noted: fence)
                }
            }
            if isOlder { return true }
        }
        return false
    }

    private func settle(_ judgement: StoreMemory.Judgement, _ memory: StoreMemory, _ seen: Seen) async throws {
        // Before the epoch begins, so that a crash half way does it again; also where somebody else has begun it.
        let known = try spool.handOvers.read()
        for file in known.damaged {
            keeper.logger.critical(
                "a note of a hand-over is damaged: let no connection go on that is in an export",
                metadata: ["file": "\(file)"])
        }
        try await HandOver.recall(known.handOvers, in: store, timing: keeper.timing)
        switch judgement {
        case .asKnown: return
        case .begun(let epoch):
            keeper.logger.warning(
                "the store is in a new epoch; this host goes on in it", metadata: ["epoch": "\(epoch)"])
            try await Epoch.note(epoch, in: spool)
        case .wentBack(let next), .beginning(let next):
            keeper.logger.critical(
                "the store went back: it was restored or rolled back; rotating connections wait for the operator",
                metadata: [
                    "mark": "\(seen.sight.mark)", "journal": "\(memory.mark)", "epoch": "\(next)",
                ])
            let reason = Epoch.Reason(host: spool.host, caller: "host", action: "store_went_back")
            let epoch = try await Epoch.begin(above: next - 1, in: store, timing: keeper.timing, for: reason)
            try await Epoch.note(epoch, in: spool)
        }
        try await HandOver.note(knownTo: store, in: spool)
    }
}

extension StoreTransaction {
    /// Notes in the store since when it has its session, so that all hosts pause for as long, and one that starts later
    /// does not pause again. What a restore brings is the entry of an earlier session.
    /// - Parameter isFresh: Nothing was ever presented out of it: there is nothing to look for.
    fileprivate func note(session: String, isFresh: Bool) throws -> Timestamp {
        let entry = "session"
        let stored = try setting(entry).map { String(decoding: $0, as: UTF8.self).split(separator: "\t") } ?? []
        if stored.count == 2, stored[0] == session, let since = Int64(stored[1]) {
            return Timestamp(milliseconds: since)
        }
        let since = isFresh ? Timestamp(milliseconds: 0) : now
        try set(Data("\(session)\t\(since.milliseconds)".utf8), for: entry)
        return since
    }
}
