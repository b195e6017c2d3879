import Locks

/// Rings at given times. A task that sleeps for every waiting caller costs more than the rest of his wait; here one sleeps for
/// all of them, since nearly every time that is set lies behind the one it sleeps for.
final class Alarms: Sendable {
    private struct Alarm {
        let at: ContinuousClock.Instant
        let ring: @Sendable () -> Void
    }

    private struct State {
        var waiting: [Alarm] = []
        /// What the newest sleeper sleeps for.
        var next: ContinuousClock.Instant?
    }

    private let state = Locked(State())

    /// Rings once, that much later.
    func set(after wait: Duration, ring: @escaping @Sendable () -> Void) {
        let at = ContinuousClock.now + wait
        let isNext = state.withLock { state in
            state.waiting.append(Alarm(at: at, ring: ring))
            guard state.next.map({ at < $0 }) ?? true else { return false }
            state.next = at
            return true
        }
        if isNext { sleep(until: at) }
    }

    private func sleep(until at: ContinuousClock.Instant) {
        Task.detached {
            try? await ContinuousClock().sleep(until: at)
            let (due, next) = self.take()
            for alarm in due { alarm.ring() }
            if let next { self.sleep(until: next) }
        }
    }

    /// What is due, and the next time to sleep for if nobody does.
    private func take() -> (due: [Alarm], next: ContinuousClock.Instant?) {
        state.withLock { state in
            let now = ContinuousClock.now
            let due = state.waiting.filter { $0.at <= now }
            state.waiting.removeAll { $0.at <= now }
            // A sleeper that was set later for an earlier time goes on; then this one is the last of its kind.
            if let next = state.next, next > now { return (due, nil) }
            state.next = state.waiting.map(\.at).min()
            return (due, state.next)
        }
    }
}
