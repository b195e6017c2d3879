import CLinux
import Dispatch
import Foundation
import Locks
import StoreContract

/// A thread for each pooled connection: transactions run on it from beginning to end, and wait on it for the server.
final class ConnectionThreads: Sendable {
    /// What one thread works with; never leaves it.
    final class Desk {
        var link: Link?
    }

    private struct State {
        var jobs: [@Sendable (Desk) -> Void] = []
        var threads = 0
        var idle = 0
        var isClosed = false
        var whenEnded: [CheckedContinuation<Void, Never>] = []
    }

    private let limit: Int
    private let state = Locked(State())
    private let news = DispatchSemaphore(value: 0)

    /// - Parameter limit: The most connections; more jobs than that wait for their turn.
    init(limit: Int) { self.limit = limit }

    /// Runs a job on one of the threads.
    /// - Throws: what it throws; `StoreError.Code.unavailable` after `close`.
    func run<Result: Sendable>(_ body: @escaping @Sendable (Desk) throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            start { desk in
                continuation.resume(with: Swift.Result { try body(desk) })
            } refused: {
                continuation.resume(throwing: StoreError(.unavailable, "the store is closed"))
            }
        }
    }

    /// The same without waiting; a refused job is told so.
    func start(_ job: @escaping @Sendable (Desk) -> Void, refused: () -> Void) {
        let next: (wakes: Bool, grows: Bool)? = state.withLock { state in
            guard !state.isClosed else { return nil }
            state.jobs.append(job)
            if state.idle > 0 {
                state.idle -= 1
                return (true, false)
            }
            guard state.threads < limit else { return (false, false) }
            state.threads += 1
            return (false, true)
        }
        guard let next else { return refused() }
        if next.wakes { news.signal() }
        if next.grows { Thread(block: work).start() }
    }

    /// Refuses new jobs and returns when those that run or wait are done and every connection is closed.
    func close() async {
        await withCheckedContinuation { continuation in
            let (threads, isOver) = state.withLock { state in
                state.isClosed = true
                if state.threads > 0 { state.whenEnded.append(continuation) }
                return (state.threads, state.threads == 0)
            }
            for _ in 0..<threads { news.signal() }
            if isOver { continuation.resume() }
        }
    }

    private func work() {
        do {
            let desk = Desk()
            while let job = take() { job(desk) }
        }
        let ended = state.withLock { state in
            state.threads -= 1
            defer { if state.threads == 0 { state.whenEnded = [] } }
            return state.threads == 0 ? state.whenEnded : []
        }
        for continuation in ended { continuation.resume() }
    }

    /// The next job, as soon as there is one; nil when the threads are to end.
    private func take() -> (@Sendable (Desk) -> Void)? {
        while true {
            let next: (job: (@Sendable (Desk) -> Void)?, ends: Bool) = state.withLock { state in
                if !state.jobs.isEmpty { return (state.jobs.removeFirst(), false) }
                if state.isClosed { return (nil, true) }
                state.idle += 1
                return (nil, false)
            }
            if let job = next.job { return job }
            if next.ends { return nil }
            news.wait()
        }
    }
}
