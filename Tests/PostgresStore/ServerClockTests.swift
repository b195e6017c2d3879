import Locks
import Model
import Testing

@testable import PostgresStore

@Suite struct ServerClockTests {
    /// The server's clock, which is read in whole milliseconds, is ahead of the local one by this, in microseconds.
    private static let lead: Int64 = 4250

    @Test(arguments: [0, 1, 250, 749, 750, 751, 999] as [Int64])
    func `store time is never ahead of the server's, and never behind what was read`(part: Int64) {
        let local = Locked(5000 + part)
        let clock = ServerClock { local.withLock { $0 } }
        let read = (5000 + part + Self.lead) / 1000
        clock.note(Timestamp(milliseconds: read))
        for passed: Int64 in [0, 1, 500, 999, 1000, 5300] {
            local.withLock { $0 = 5000 + part + passed }
            let now = clock.now.milliseconds
            #expect(now >= read)
            #expect(now <= (5000 + part + passed + Self.lead) / 1000)
            #expect(now >= (5000 + part + passed + Self.lead) / 1000 - 1)
        }
    }

    @Test func `a later reading of less delay is the better one, and an old one counts no more`() {
        let local = Locked<Int64>(0)
        let clock = ServerClock { local.withLock { $0 } }
        clock.note(Timestamp(milliseconds: 100))
        local.withLock { $0 = 10_000 }
        clock.note(Timestamp(milliseconds: 105))
        #expect(clock.now == Timestamp(milliseconds: 110), "it came late")
        clock.note(Timestamp(milliseconds: 120))
        #expect(clock.now == Timestamp(milliseconds: 120))
        local.withLock { $0 = 10_010_001 }
        clock.note(Timestamp(milliseconds: 105))
        #expect(clock.now == Timestamp(milliseconds: 105), "the server's clock was set back")
    }
}
