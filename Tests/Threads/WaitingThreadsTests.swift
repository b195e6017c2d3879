import Foundation
import Synchronization
import Testing

@testable import Threads

@Suite struct WaitingThreadsTests {
    @Test("A body runs on a thread that may wait, and one inside it stays where it is")
    func staysWhereItIs() async {
        #expect(!WaitingThreads.isCurrent)
        let alone = await WaitingThreads.run { WaitingThreads.isCurrent }
        let threads = await withTaskExecutorPreference(WaitingThreads.shared) {
            var threads = [currentThread()]
            await WaitingThreads.run { threads.append(currentThread()) }
            return threads
        }
        #expect(alone)
        #expect(Set(threads).count == 1)
        #expect(!WaitingThreads.isCurrent)
    }

    @Test("As many bodies wait at once as there are threads, whatever the number of cores")
    func waitTogether() async {
        let threads = WaitingThreads(limit: 8)
        let all = Meeting(of: 8)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask(executorPreference: threads) { all.arrive() } }
        }
        #expect(all.came == 8)
    }

    @Test("More jobs than threads take turns, and none is forgotten")
    func takeTurns() async {
        let threads = WaitingThreads(limit: 2)
        let found = await withTaskGroup(of: ObjectIdentifier.self) { group in
            for _ in 0..<1000 {
                group.addTask(executorPreference: threads) {
                    await Task.yield()
                    return currentThread()
                }
            }
            return await group.reduce(into: [ObjectIdentifier]()) { $0.append($1) }
        }
        #expect(found.count == 1000)
        #expect((1...2).contains(Set(found).count))
    }

    @Test("What a body throws comes out")
    func throwing() async {
        await #expect(throws: CocoaError.self) {
            try await WaitingThreads.run { throw CocoaError(.featureUnsupported) }
        }
    }
}

/// Not `pthread_self`: the compiler takes it for a constant, also across a change of thread.
private func currentThread() -> ObjectIdentifier { ObjectIdentifier(Thread.current) }

/// Nobody goes on before all have come: each blocks its thread.
private final class Meeting: Sendable {
    private let expected: Int
    private let count = Mutex(0)
    private let open = DispatchSemaphore(value: 0)

    init(of expected: Int) { self.expected = expected }

    var came: Int { count.withLock { $0 } }

    func arrive() {
        let isLast = count.withLock { count in
            count += 1
            return count == expected
        }
        if isLast { for _ in 0..<expected { open.signal() } }
        open.wait()
    }
}
