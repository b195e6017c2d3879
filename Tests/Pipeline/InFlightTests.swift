import Model
import Synchronization
import Testing

@testable import Pipeline

/// What a shutdown waits for.
@Suite struct InFlightTests {
    @Test("what has to be told is told however often that fails, and a shutdown waits for it")
    func insisting() async {
        let (inFlight, line) = (InFlight(), LineID(connection: ConnectionID("c")))
        let tries = Tries()
        let (asked, signal) = AsyncStream<Int>.makeStream()
        let (store, returns) = AsyncStream<Void>.makeStream()
        inFlight.insist(into: line) {
            let count = tries.next()
            signal.yield(count)
            for await _ in store { break }
            return count == 5
        }
        #expect(inFlight.count == 1 && inFlight.isRunning(line))
        for await count in asked {
            #expect(inFlight.count == 1)
            returns.yield()
            if count == 5 { break }
        }
        while inFlight.count > 0 { await Task.yield() }
        #expect(tries.next() == 6)
    }

    private final class Tries: Sendable {
        private let count = Mutex(0)

        func next() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }
}
