import Locks

/// A result that several callers wait for; each with its own patience, none disturbing the others.
final class Pending<Result: Sendable>: Sendable {
    private struct Waiter {
        let continuation: CheckedContinuation<Result?, Never>
        let until: ContinuousClock.Instant
    }

    private struct State {
        var result: Result?
        var waiters: [UInt64: Waiter] = [:]
        var next: UInt64 = 0
        var gone: Set<UInt64> = []
        /// The earliest alarm that is set.
        var ringsAt: ContinuousClock.Instant?

        /// The alarm that has to be set for somebody, if none is that rings in time.
        mutating func alarm(for until: ContinuousClock.Instant, _ slack: Duration) -> ContinuousClock.Instant? {
            let at = until + slack
            if let ringsAt, ringsAt <= at { return nil }
            ringsAt = at
            return at
        }
    }

    /// How much longer than his patience somebody may wait, at most, so that one alarm serves all who came with him.
    private static var slack: Duration { .milliseconds(50) }

    private let state = Locked(State())
    private let alarms: Alarms

    init(alarms: Alarms) { self.alarms = alarms }

    /// Whether a result is there.
    var isSettled: Bool { state.withLock { $0.result != nil } }

    /// Settles it; the first result counts. Who came first goes on first.
    func settle(_ result: Result) {
        let waiters = state.withLock { state in
            if state.result == nil { state.result = result }
            defer { state.waiters = [:] }
            return state.waiters
        }
        for (_, waiter) in waiters.sorted(by: { $0.key < $1.key }) { waiter.continuation.resume(returning: result) }
    }

    /// Waits that long, or up to 50 ms longer; nil when patience ended or the caller was cancelled.
    func value(within patience: Duration) async -> Result? {
        let until = ContinuousClock.now + patience
        let slack = min(Self.slack, patience / 8)
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (settled, alarm): (Result??, ContinuousClock.Instant?) = state.withLock { state in
                    if let result = state.result { return (.some(result), nil) }
                    if state.gone.remove(id) != nil { return (.some(nil), nil) }
                    state.waiters[id] = Waiter(continuation: continuation, until: until)
                    return (nil, state.alarm(for: until, slack))
                }
                if let settled { continuation.resume(returning: settled) }
                if let alarm { set(alarm) }
            }
        } onCancel: {
            giveUp(id)
        }
    }

    private func set(_ alarm: ContinuousClock.Instant) { alarms.set(at: alarm) { [weak self] in self?.ring() } }

    /// Lets go of everybody whose patience has ended.
    private func ring() {
        let (late, next) = state.withLock { state in
            let now = ContinuousClock.now
            let late = state.waiters.filter { $0.value.until <= now }
            for id in late.keys { state.waiters[id] = nil }
            if let ringsAt = state.ringsAt, ringsAt <= now { state.ringsAt = nil }
            let first = state.waiters.values.map(\.until).min()
            return (late, first.flatMap { state.alarm(for: $0, Self.slack) })
        }
        for waiter in late.sorted(by: { $0.key < $1.key }) { waiter.value.continuation.resume(returning: nil) }
        if let next { set(next) }
    }

    private func giveUp(_ id: UInt64) {
        let waiter = state.withLock { state in
            if let waiter = state.waiters.removeValue(forKey: id) { return Optional(waiter) }
            if state.result == nil { state.gone.insert(id) }
            return nil
        }
        waiter?.continuation.resume(returning: nil)
    }
}
