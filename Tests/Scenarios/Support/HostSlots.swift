import Synchronization
import TestSupport
import Testing

/// Real hosts are processes: so that parallel tests do not starve each other, at most four run at a time. One that has
/// companions (`TestStore.hosts`) is as many.
struct HostSlots: SuiteTrait, TestTrait, TestScoping {
    let count: Int
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let count = min(Slots.all, count * TestStore.hosts)
        await Slots.shared.take(count)
        defer { Slots.shared.give(count) }
        try await function()
    }
}

extension Trait where Self == HostSlots {
    /// Waits until so many of the four slots are free.
    static func hosts(_ count: Int) -> HostSlots { HostSlots(count: count) }
}

/// A counting semaphore, first come first served.
private final class Slots: Sendable {
    static let all = 4
    static let shared = Slots(all)

    private struct State {
        var free: Int
        var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

        /// Takes out those at the head that fit now.
        mutating func served() -> [CheckedContinuation<Void, Never>] {
            var served: [CheckedContinuation<Void, Never>] = []
            while let next = waiting.first, next.count <= free {
                free -= next.count
                served.append(next.continuation)
                waiting.removeFirst()
            }
            return served
        }
    }

    private let state: Mutex<State>

    init(_ free: Int) { state = Mutex(State(free: free)) }

    func take(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let served = state.withLock { state in
                state.waiting.append((count, continuation))
                return state.served()
            }
            served.forEach { $0.resume() }
        }
    }

    func give(_ count: Int) {
        let served = state.withLock { state in
            state.free += count
            return state.served()
        }
        served.forEach { $0.resume() }
    }
}
