import Locks
import Logging
import Model
import RefreshProtocol
import Spool
import StoreContract

/// The epoch as this host knows it now, and whether the store may be trusted (PROTOCOL.md §9). While it may not, nothing is
/// claimed here; `look` says when it may again, without a restart.
package final class EpochKeeper: Sendable {
    /// What a transaction that may present something is held to: taken before it is issued.
    package struct Known: Sendable {
        let sight: StoreSight
        let memory: StoreMemory
        let isExclusive: Bool
        /// False from a doubt on until the host has settled.
        let isTrusted: Bool
        let pausedUntil: Timestamp?

        /// The same for a transaction that follows another: it has to meet the store as that one did.
        func held(to earlier: Known) -> Known {
            Known(
                sight: earlier.sight, memory: memory, isExclusive: isExclusive, isTrusted: isTrusted,
                pausedUntil: pausedUntil)
        }
    }

    private struct State {
        var epoch: Int64 = 1
        /// As the last look found it.
        var sight: StoreSight?
        var pausedUntil: Timestamp?
        /// Grows with each doubt: a look that began before one does not settle it.
        var doubts = 0
        /// The epoch in which a transaction has shown that the store went back; nil: none has.
        var proof: Int64?
        var isTrusted = false
        var whenDoubted: @Sendable () -> Void = {}
    }

    let store: any Store
    let spool: SpoolFolder
    let timing: Timing
    let logger: Logger
    private let state = Locked(State())
    private let looks = SharedLook()

    init(_ store: any Store, spool: SpoolFolder, timing: Timing, logger: Logger) {
        self.store = store
        self.spool = spool
        self.timing = timing
        self.logger = logger
    }

    /// The epoch of now.
    package var current: Int64 { state.withLock { $0.epoch } }

    var known: Known {
        let memory = StoreMemory(mark: spool.journal.highestMark)
        return state.withLock { state in
            Known(
                sight: state.sight ?? StoreSight(epoch: nil, mark: 0, session: ""), memory: memory,
                isExclusive: store.isExclusive, isTrusted: state.isTrusted, pausedUntil: state.pausedUntil)
        }
    }

    /// The store contradicts what this host knows, or is another than it has looked at: nothing is claimed from here on
    /// until it has looked.
    /// - Parameter proof: The epoch in which a mark or a fence shows that it went back.
    func doubt(proof: Int64? = nil) {
        let tell = state.withLock { state in
            if let proof { state.proof = max(proof, state.proof ?? 0) }
            defer { state.isTrusted = false }
            state.doubts += 1
            // Once is enough: what looks then sees all that is to be seen, and heartbeats look again.
            return state.isTrusted ? state.whenDoubted : {}
        }
        tell()
    }

    /// The same where an error says so.
    func doubt(after error: any Error) {
        if (error as? StoreError)?.code == .moved { doubt() }
    }

    /// What is done at the first doubt, at once: a hint, since heartbeats look anyway.
    func whenDoubted(_ look: @escaping @Sendable () -> Void) { state.withLock { $0.whenDoubted = look } }

    /// Looks whether the store went back, with a heartbeat, and settles what it finds. One look at a time.
    /// - Parameter empty: Empties the caches of another epoch, before anything is claimed in the new one.
    func look(empty: @escaping @Sendable () async -> Void = {}) async throws {
        try await looks.run { try await self.lookNow(empty) }
    }

    private func lookNow(_ empty: @Sendable () async -> Void) async throws {
        let (doubts, before, proof) = state.withLock { ($0.doubts, $0.sight, $0.proof) }
        let found = try await StoreLook(self, before: before, proof: proof).run {
            self.state.withLock { $0.isTrusted = false }
        }
        if before != nil, found.epoch != current { await empty() }
        state.withLock { state in
            state.epoch = found.epoch
            state.sight = found.sight
            state.pausedUntil = found.pausedUntil
            state.isTrusted = state.doubts == doubts
        }
    }
}

/// One look at a time: whoever comes meanwhile shares it.
private actor SharedLook {
    private var running: Task<Void, any Error>?

    func run(_ look: @escaping @Sendable () async throws -> Void) async throws {
        if let running { return try await running.value }
        // Unstructured, because a waiter that is cancelled must not cancel it for the others.
        let task = Task { try await look() }
        running = task
        defer { running = nil }
        try await task.value
    }
}
