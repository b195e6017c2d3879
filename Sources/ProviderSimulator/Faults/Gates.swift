import Locks

/// Holds calls at gates until they are released. Continuations are resumed outside the lock.
final class Gates: Sendable {
    private struct Waiting {
        var id: Int
        var call: GateCall
        var continuation: CheckedContinuation<Void, Never>?
    }

    private struct Watcher {
        var id: Int
        var count: Int
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var rules: [GateRule] = []
        var waiting: [Waiting] = []
        var watchers: [Watcher] = []
        var lastID = 0
        var shut = false

        var held: Int { waiting.count { $0.call.place != nil } }

        mutating func nextID() -> Int {
            lastID += 1
            return lastID
        }

        /// Takes out the watchers whose count is reached.
        mutating func satisfied() -> [CheckedContinuation<Void, Never>] {
            let held = held
            let done = watchers.filter { $0.count <= held }.map(\.continuation)
            watchers.removeAll { $0.count <= held }
            return done
        }
    }

    private let state = Locked(State())

    /// The gates in force.
    var rules: [GateRule] { state.withLock { $0.rules } }

    /// How many calls wait at gates now.
    var waiting: Int { state.withLock { $0.held } }

    /// Puts up a gate.
    func hold(_ rule: GateRule) { state.withLock { $0.rules.append(rule) } }

    /// Comes to the gates: returns at once, or when released or cancelled.
    func pass(_ call: GateCall) async {
        if let id = admit(call) { await park(id) }
    }

    /// Waits until released, cancelled, or the time is over.
    func hang(_ call: GateCall, limit: Duration?) async {
        let id = state.withLock { state -> Int in
            let id = state.nextID()
            if !state.shut { state.waiting.append(Waiting(id: id, call: call)) }
            return id
        }
        await withTaskGroup { group in
            group.addTask { await self.park(id) }
            if let limit { group.addTask { try? await Task.sleep(for: limit) } }
            await group.next()
            group.cancelAll()
        }
    }

    /// Lets waiting calls go. Returns how many.
    @discardableResult
    func release(_ release: GateRelease = GateRelease()) -> Int {
        let freed = state.withLock { state in
            state.rules.removeAll { release.removes($0) }
            let chosen = state.waiting.filter { release.frees($0.call) }.prefix(release.count ?? .max)
            let ids = Set(chosen.map(\.id))
            state.waiting.removeAll { ids.contains($0.id) }
            return Array(chosen)
        }
        freed.forEach { $0.continuation?.resume() }
        return freed.count
    }

    /// Lets everything go and holds nothing any more: the provider is stopping.
    func shut() {
        let watchers = state.withLock { state in
            state.shut = true
            state.rules = []
            defer { state.watchers = [] }
            return state.watchers
        }
        watchers.forEach { $0.continuation.resume() }
        release()
    }

    /// Returns when so many calls wait, or the time is over, with how many do.
    func whenWaiting(_ count: Int, timeout: Duration) async -> Int {
        await withTaskGroup { group in
            group.addTask { await self.watch(count) }
            group.addTask { try? await Task.sleep(for: timeout) }
            await group.next()
            group.cancelAll()
        }
        return waiting
    }

    /// Notes the call as waiting if a gate catches it.
    private func admit(_ call: GateCall) -> Int? {
        let (id, watchers) = state.withLock { state -> (Int?, [CheckedContinuation<Void, Never>]) in
            guard !state.shut, let index = state.rules.firstIndex(where: { $0.catches(call) }) else { return (nil, []) }
            if let times = state.rules[index].times { state.rules[index].times = times - 1 }
            let id = state.nextID()
            state.waiting.append(Waiting(id: id, call: call))
            return (id, state.satisfied())
        }
        watchers.forEach { $0.resume() }
        return id
    }

    /// Sleeps until the entry is taken out. If that happened already, returns at once.
    private func park(_ id: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let parked = state.withLock { state in
                    guard let index = state.waiting.firstIndex(where: { $0.id == id }) else { return false }
                    state.waiting[index].continuation = continuation
                    return true
                }
                if !parked { continuation.resume() }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard let index = state.waiting.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiting.remove(at: index).continuation
            }
            continuation?.resume()
        }
    }

    private func watch(_ count: Int) async {
        let id = state.withLock { $0.nextID() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let reached = state.withLock { state in
                    if state.held >= count || state.shut || Task.isCancelled { return true }
                    state.watchers.append(Watcher(id: id, count: count, continuation: continuation))
                    return false
                }
                if reached { continuation.resume() }
            }
        } onCancel: {
            let watcher = state.withLock { state -> Watcher? in
                guard let index = state.watchers.firstIndex(where: { $0.id == id }) else { return nil }
                return state.watchers.remove(at: index)
            }
            watcher?.continuation.resume()
        }
    }
}
