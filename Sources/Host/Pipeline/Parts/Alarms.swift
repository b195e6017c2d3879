import Locks

/// Rings at given times. A task that sleeps for everybody who waits costs more than the rest of his wait; here one sleeps for
/// all of them, since nearly every time that is set lies behind the one it sleeps for.
final class Alarms: Sendable {
    private struct Alarm {
        let at: ContinuousClock.Instant
        let ring: @Sendable () -> Void
    }

    private struct State {
        /// In the order of their times; those before `head` have rung.
        var waiting: [Alarm] = []
        var head = 0
        /// What the newest sleeper sleeps for.
        var next: ContinuousClock.Instant?

        mutating func insert(_ alarm: Alarm) {
            // Where the first later one stands; nearly always that is the end.
            var (low, high) = (head, waiting.count)
            if high > low, waiting[high - 1].at <= alarm.at { low = high }
            while low < high {
                let middle = (low + high) / 2
                if waiting[middle].at <= alarm.at { low = middle + 1 } else { high = middle }
            }
            waiting.insert(alarm, at: low)
        }

        mutating func takeDue(at now: ContinuousClock.Instant) -> [Alarm] {
            let due = Array(waiting[head...].prefix { $0.at <= now })
            head += due.count
            // Not for each that has rung: the rest would be moved each time.
            if head > waiting.count / 2 {
                waiting.removeFirst(head)
                head = 0
            }
            return due
        }
    }

    private let state = Locked(State())

    /// Rings once, that much later.
    func set(after wait: Duration, ring: @escaping @Sendable () -> Void) {
        set(at: ContinuousClock.now + wait, ring: ring)
    }

    /// Rings once, then.
    func set(at: ContinuousClock.Instant, ring: @escaping @Sendable () -> Void) {
        let isNext = state.withLock { state in
            state.insert(Alarm(at: at, ring: ring))
            guard state.next.map({ at < $0 }) ?? true else { return false }
            state.next = at
            return true
        }
        if isNext { sleep(until: at) }
    }

    private func sleep(until at: ContinuousClock.Instant) {
        Task.detached {
            try? await ContinuousClock().sleep(until: at)
            let (due, next) = self.take(after: at)
            for alarm in due { alarm.ring() }
            if let next { self.sleep(until: next) }
        }
    }

    /// What is due, and the next time to sleep for if nobody does.
    /// - Parameter at: what was slept for. A clock may wake who sleeps a little before; then he sleeps again.
    private func take(after at: ContinuousClock.Instant) -> (due: [Alarm], next: ContinuousClock.Instant?) {
        state.withLock { state in
            let now = ContinuousClock.now
            let due = state.takeDue(at: now)
            // A sleeper that was set later for an earlier time goes on; then this one is the last of its kind.
            if let next = state.next, next > max(now, at) { return (due, nil) }
            state.next = state.waiting[state.head...].first?.at
            return (due, state.next)
        }
    }
}
