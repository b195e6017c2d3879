import CCurl
import Locks

/// A presentation handed to the loop, and who waits for it.
struct TransferJob: Sendable {
    let presentation: Presentation
    let started: Int64
    let finish: @Sendable (PresentationOutcome, PresentationTimes) -> Void
}

/// libcurl's multi handle. Unchecked: the loop's thread alone works with it; others only call `curl_multi_wakeup`, which
/// libcurl allows from any thread (https://curl.se/libcurl/c/curl_multi_wakeup.html), and never after its clean-up,
/// because both happen under the inbox's lock.
struct MultiHandle: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
}

/// The door between callers and the one thread that runs libcurl.
final class TransferInbox: Sendable {
    private struct State {
        var jobs: [TransferJob] = []
        var isStopping = false
        var isGone = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Locked(State())
    let multi: MultiHandle

    init(_ multi: MultiHandle) { self.multi = multi }

    /// False once the client is stopping.
    func submit(_ job: TransferJob) -> Bool {
        state.withLock { state in
            guard !state.isStopping else { return false }
            state.jobs.append(job)
            curl_multi_wakeup(multi.pointer)
            return true
        }
    }

    /// Takes nothing new, and returns when the thread has finished what it has.
    func stop() async {
        await withCheckedContinuation { continuation in
            let isGone = state.withLock { state in
                state.isStopping = true
                guard !state.isGone else { return true }
                state.waiters.append(continuation)
                curl_multi_wakeup(multi.pointer)
                return false
            }
            if isGone { continuation.resume() }
        }
    }

    /// The jobs that came in, for the loop's thread.
    func takeJobs() -> [TransferJob] {
        state.withLock { state in
            defer { state.jobs = [] }
            return state.jobs
        }
    }

    /// Cleans up and answers true if nothing more can come.
    func closeIfStopped() -> Bool {
        let waiters: [CheckedContinuation<Void, Never>]? = state.withLock { state in
            guard state.isStopping, state.jobs.isEmpty else { return nil }
            curl_multi_cleanup(multi.pointer)
            state.isGone = true
            defer { state.waiters = [] }
            return state.waiters
        }
        waiters?.forEach { $0.resume() }
        return waiters != nil
    }
}
