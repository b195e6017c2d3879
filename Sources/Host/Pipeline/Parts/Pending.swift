import Locks

/// A result that several callers wait for; each with its own patience, none disturbing the others.
final class Pending<Result: Sendable>: Sendable {
    private struct State {
        var result: Result?
        var waiters: [UInt64: CheckedContinuation<Result?, Never>] = [:]
        var next: UInt64 = 0
        var gone: Set<UInt64> = []
    }

    private let state = Locked(State())
    private let alarms: Alarms

    init(alarms: Alarms) { self.alarms = alarms }

    /// Whether a result is there.
    var isSettled: Bool { state.withLock { $0.result != nil } }

    /// Settles it; the first result counts.
    func settle(_ result: Result) {
        let waiters = state.withLock { state in
            if state.result == nil { state.result = result }
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: result) }
    }

    /// Waits at most that long; nil when patience ended or the caller was cancelled.
    func value(within patience: Duration) async -> Result? {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        alarms.set(after: patience) { [weak self] in self?.giveUp(id) }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let settled: Result?? = state.withLock { state in
                    if let result = state.result { return .some(result) }
                    if state.gone.remove(id) != nil { return .some(nil) }
                    state.waiters[id] = continuation
                    return nil
                }
                if let settled { continuation.resume(returning: settled) }
            }
        } onCancel: {
            giveUp(id)
        }
    }

    private func giveUp(_ id: UInt64) {
        let waiter = state.withLock { state in
            if let waiter = state.waiters.removeValue(forKey: id) { return Optional(waiter) }
            if state.result == nil { state.gone.insert(id) }
            return nil
        }
        waiter?.resume(returning: nil)
    }
}
