import Dispatch
import Foundation
import Locks

/// Threads that may wait for a disk, as a task executor. Swift's own threads are as many as there are cores, so one that waits
/// holds everybody up. A task that runs here does its work with store, journal and spool where it is, without a way to another
/// thread and back for each.
package final class WaitingThreads: TaskExecutor {
    /// Those of the process. They are made when they are needed and stay.
    package static let shared = WaitingThreads(limit: 32)

    private struct State {
        var jobs: [UnownedJob] = []
        var threads = 0
        /// Threads that wait for a job and were not told of one yet.
        var idle = 0
    }

    private let limit: Int
    private let state = Locked(State())
    private let news = DispatchSemaphore(value: 0)

    /// - Parameter limit: The most threads; more jobs than that wait for their turn.
    init(limit: Int) { self.limit = limit }

    /// Runs a body that waits for a disk; stays on its thread when that is one of these already.
    package static func run<Result>(_ body: () throws -> Result) async rethrows -> Result {
        // The preference alone would put the task into the queue again.
        if isCurrent { return try body() }
        return try await withTaskExecutorPreference(shared) { try body() }
    }

    /// Whether this thread is one of these.
    package static var isCurrent: Bool { pthread_getspecific(mark) != nil }

    private static let mark = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let (wakes, grows) = state.withLock { state in
            state.jobs.append(job)
            if state.idle > 0 {
                state.idle -= 1
                return (true, false)
            }
            guard state.threads < limit else { return (false, false) }
            state.threads += 1
            return (false, true)
        }
        if wakes { news.signal() }
        if grows { Thread(block: work).start() }
    }

    private func work() {
        pthread_setspecific(Self.mark, Unmanaged.passUnretained(self).toOpaque())
        while true {
            if let job = take() {
                job.runSynchronously(on: asUnownedTaskExecutor())
            } else {
                news.wait()
            }
        }
    }

    /// The next job; without one the thread counts as idle.
    private func take() -> UnownedJob? {
        state.withLock { state in
            if state.jobs.isEmpty {
                state.idle += 1
                return nil
            }
            return state.jobs.removeFirst()
        }
    }
}
