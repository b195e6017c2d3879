import ConnectorSDK
import Model
import Testing

@testable import Pipeline

/// Never more calls than a limit says, in any time of its length (RELIABILITY.md R6).
@Suite struct CallWindowTests {
    private let limit = RateLimit(count: 3, per: .seconds(10))

    @Test("a call is there again when the one so many before it is over, and not earlier")
    func exact() {
        var window = CallWindow(limit)
        for second in [0, 1, 5] { #expect(window.take(limit, at: at(second)).until == nil) }
        #expect(window.take(limit, at: at(9)).until == at(10))
        #expect(window.isRefusing(at: at(9)) && !window.isRefusing(at: at(10)))
        #expect(window.take(limit, at: at(10)).until == nil)
        #expect(window.take(limit, at: at(10)).until == at(11))
        #expect(!window.isOver(at: at(19)) && window.isOver(at: at(20)))
    }

    @Test("what goes back is there at once: that call, not a later one")
    func givenBack() throws {
        var window = CallWindow(limit)
        let stamps = [0, 1, 2].compactMap { window.take(limit, at: at($0)).stamp }
        #expect(window.take(limit, at: at(3)).until == at(10))
        window.giveBack(try #require(stamps.first))
        #expect(!window.isRefusing(at: at(3)))
        #expect(window.take(limit, at: at(3)).until == nil)
        #expect(window.take(limit, at: at(10)).until == at(11), "the calls at 1, 2 and 3 were made")
    }

    @Test("whatever is taken, given back and made late: no time of the limit's length has more calls than it says")
    func any() {
        var random = SplitMix(state: 7)
        for _ in 0..<200 {
            let limit = RateLimit(count: Int.random(in: 1...5, using: &random), per: .milliseconds(100))
            var (window, calls, now) = (CallWindow(limit), [Int64](), Int64(1_000_000))
            for _ in 0..<200 {
                now += Int64.random(in: 0...40, using: &random)
                guard let stamp = window.take(limit, at: Timestamp(milliseconds: now)).stamp else { continue }
                if Int.random(in: 0..<4, using: &random) == 0 {
                    window.giveBack(stamp)
                } else {
                    now += Int64.random(in: 0...20, using: &random)
                    window.move(stamp, to: Timestamp(milliseconds: now))
                    calls.append(now)
                }
            }
            #expect(calls.count > 20)
            let most = calls.map { first in calls.count { (first...first + 100).contains($0) } }.max()
            #expect(most == limit.count, "\(limit)")
        }
    }

    @Test("a changed limit holds at once; a clock that was set back holds nobody longer than the limit's time")
    func changes() {
        var window = CallWindow(limit)
        for _ in 0..<3 { _ = window.take(limit, at: at(1000)) }
        #expect(window.take(RateLimit(count: 4, per: .seconds(10)), at: at(1000)).until == nil)
        #expect(window.take(RateLimit(count: 4, per: .seconds(20)), at: at(1000)).until == at(1020))
        #expect(window.take(limit, at: at(100)).until == at(110))
    }

    @Test("a million calls in a day are remembered by a thousand times, and never too early")
    func bounded() {
        let limit = RateLimit(count: 1_000_000, per: .seconds(86400))
        var window = CallWindow(limit)
        for second in 0..<86400 { #expect(window.take(limit, at: at(second)).until == nil) }
        #expect(window.times <= 1001)
        let few = RateLimit(count: 86400, per: .seconds(86400))
        let until = window.take(few, at: at(86399)).until
        #expect(until.map { $0 >= at(86400) && $0 <= at(86400 + 87) } == true)
    }

    @Test("an idle connection costs nothing; what one limit refuses is taken from no other")
    func many() {
        var limits = CallLimits()
        for key in 0..<5000 { _ = limits.take([("\(key)", limit)], at: at(key)) }
        #expect(limits.count <= 1024)
        let one = RateLimit(count: 1, per: .seconds(10))
        #expect(limits.take([("client", limit), ("a", one)], at: at(9000)).takes.count == 2)
        for _ in 0..<5 { #expect(limits.take([("client", limit), ("a", one)], at: at(9000)).until == at(9010)) }
        #expect(!limits.isCalm(at: at(9009)) && limits.isCalm(at: at(9010)))
        #expect(limits.take([("client", limit), ("b", one)], at: at(9000)).takes.count == 2)
    }

    private func at(_ second: Int) -> Timestamp { Timestamp(milliseconds: Int64(1_000_000 + second) * 1000) }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
