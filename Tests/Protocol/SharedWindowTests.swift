import ConnectorSDK
import Foundation
import Model
import Testing

@testable import RefreshProtocol

/// A client's rate limit as several hosts share it: never more calls than it says, over all of them (RELIABILITY.md R6).
@Suite struct SharedWindowTests {
    private let limit = RateLimit(count: 3, per: .seconds(10))
    private let one = BootID("boot_1")
    private let other = BootID("boot_2")

    private func at(_ seconds: Double) -> Timestamp {
        Timestamp(milliseconds: 1_000_000 + Int64((seconds * 1000).rounded()))
    }

    @Test func `places count until it is said when they were used, and then from that time on`() {
        var window = SharedWindow()
        #expect(window.ask(one, wants: 2, limit, at: at(0)) == Got(2, nil))
        #expect(window.ask(other, wants: 2, limit, at: at(0)) == Got(1, at(1)), "two are held")
        #expect(window.ask(one, made: [at(4), at(4)], limit, at: at(5)) == Got(0, nil))
        #expect(window.ask(one, wants: 1, limit, at: at(6)) == Got(0, at(7)), "the other's is still under way")
        #expect(window.ask(other, made: [at(6)], limit, at: at(6)) == Got(0, nil))
        #expect(window.ask(one, wants: 1, limit, at: at(8)) == Got(0, at(14)))
        #expect(window.ask(one, wants: 1, limit, at: at(13.999)) == Got(0, at(14)))
        #expect(window.ask(one, wants: 3, limit, at: at(14)) == Got(2, at(15)))
    }

    @Test func `what was not used is free at once`() {
        var window = SharedWindow()
        #expect(window.ask(one, wants: 3, limit, at: at(0)) == Got(3, nil))
        #expect(window.ask(one, keeps: 1, limit, at: at(1)) == Got(0, nil))
        #expect(window.ask(other, wants: 3, limit, at: at(1)) == Got(2, at(2)))
    }

    @Test func `places of a dead process count as used at the last moment, also when its host has started again`() {
        var window = SharedWindow()
        #expect(window.ask(one, wants: 2, limit, at: at(0)) == Got(2, nil))
        #expect(window.ask(other, wants: 3, limit, at: at(30)) == Got(1, at(31)))
        #expect(window.ask(other, made: [at(30)], limit, at: at(31)) == Got(0, nil))
        #expect(window.ask(other, wants: 3, limit, at: at(59)) == Got(1, at(60)))
        #expect(window.ask(other, limit, at: at(59)) == Got(0, nil))
        #expect(window.ask(other, wants: 3, limit, at: at(69.999)) == Got(1, at(70)))
        #expect(window.ask(other, wants: 3, limit, at: at(70)) == Got(3, nil))
    }

    @Test func `a clock that was set back holds nobody longer than the limit, or than a hold`() {
        var window = SharedWindow()
        _ = window.ask(one, made: [at(1000), at(1000), at(1000)], limit, at: at(1000))
        #expect(window.ask(other, wants: 1, limit, at: at(100)) == Got(0, at(110.001)))
        #expect(window.ask(other, wants: 1, limit, at: at(110.001)) == Got(1, nil))
        _ = window.ask(other, limit, at: at(111))
        #expect(window.ask(one, wants: 3, limit, at: at(200)) == Got(3, nil))
        #expect(window.ask(other, wants: 1, limit, at: at(20)) == Got(0, at(21)))
        #expect(window.ask(other, wants: 1, limit, at: at(80)) == Got(0, at(90)))
        #expect(window.ask(other, wants: 1, limit, at: at(90)) == Got(1, nil))
    }

    @Test func `a limit that was changed holds at once`() {
        var window = SharedWindow()
        #expect(window.ask(one, made: [at(0), at(0)], wants: 1, limit, at: at(0)) == Got(1, nil))
        let (more, less) = (RateLimit(count: 5, per: .seconds(10)), RateLimit(count: 1, per: .seconds(10)))
        #expect(window.ask(other, wants: 9, more, at: at(1)) == Got(2, at(2)))
        #expect(window.ask(other, wants: 1, less, at: at(1)) == Got(0, at(2)), "no fewer than none are free")
        let longer = RateLimit(count: 3, per: .seconds(20))
        #expect(window.ask(one, wants: 2, longer, at: at(9)) == Got(1, at(10)))
        #expect(window.ask(one, made: [at(9)], wants: 1, longer, at: at(10)) == Got(0, at(20)))
    }

    @Test func `it is over when the last call and the last hold are`() {
        var window = SharedWindow()
        _ = window.ask(one, made: [at(3)], limit, at: at(5))
        #expect(window.over(limit) == at(13))
        _ = window.ask(one, wants: 1, limit, at: at(5))
        #expect(window.over(limit) == at(75))
    }

    @Test func `a million calls in a day are a short row, and none is forgotten early`() throws {
        let limit = RateLimit(count: 1_000_000, per: .seconds(86400))
        var window = SharedWindow()
        for second in stride(from: 0.0, to: 86400, by: 60) {
            let made = [Timestamp](repeating: at(second), count: 600)
            #expect(window.ask(one, made: made, limit, at: at(second)) == Got(0, nil))
        }
        let row = try JSONEncoder().encode(window)
        #expect(row.count < 2500)
        #expect(try JSONDecoder().decode(SharedWindow.self, from: row) == window)
        let few = RateLimit(count: 864_000, per: .seconds(86400))
        let until = try #require(window.ask(one, wants: 1, few, at: at(86399)).until)
        #expect(until >= at(86400) && until <= at(86400 + 86400 / 64))
    }
}

extension SharedWindowTests {
    struct Got: Equatable {
        let got: Int
        let until: Timestamp?

        init(_ got: Int, _ until: Timestamp?) { (self.got, self.until) = (got, until) }
    }
}

extension SharedWindow {
    fileprivate mutating func ask(
        _ process: BootID, made: [Timestamp] = [], keeps: Int = 0, wants: Int = 0, _ limit: RateLimit, at now: Timestamp
    ) -> SharedWindowTests.Got {
        let report = Report(process: process, made: made, keeps: keeps, wants: wants, holding: .seconds(60))
        let (got, until) = exchange(report, limit: limit, at: now)
        return SharedWindowTests.Got(got, until)
    }
}
