import Model
import Testing

@testable import RefreshProtocol

/// The breaker of several hosts: the rule of one host's, over what all have seen.
@Suite struct SharedBreakerTests {
    private let one = HostID("host_1")
    private let other = HostID("host_2")

    private func at(_ seconds: Int) -> Timestamp { Timestamp(milliseconds: Int64(seconds) * 1000) }

    @Test func `one client error opens it for 60 s, then one probe for as long as an attempt takes`() {
        var breaker = SharedBreaker()
        #expect(breaker.admit(at: at(0), longest: .seconds(90)) == .closed)
        breaker.misconfigured(at: at(0), code: "invalid_client")
        #expect(breaker.code == "invalid_client" && !breaker.isClosed)
        #expect(breaker.admit(at: at(59), longest: .seconds(90)) == .open(until: at(60)))
        #expect(breaker.admit(at: at(60), longest: .seconds(90)) == .probe)
        #expect(breaker.admit(at: at(149), longest: .seconds(90)) == .open(until: at(150)))
        #expect(breaker.admit(at: at(150), longest: .seconds(90)) == .probe, "its host took the last to its grave")
    }

    @Test func `a probe that told nothing goes back, unless it is another's by now`() {
        var breaker = SharedBreaker()
        breaker.misconfigured(at: at(0), code: "invalid_client")
        #expect(breaker.admit(at: at(60), longest: .seconds(90)) == .probe)
        #expect(breaker.end == at(150))
        breaker.returnProbe(heldUntil: at(149), at: at(61))
        #expect(breaker.admit(at: at(61), longest: .seconds(90)) == .open(until: at(150)))
        breaker.returnProbe(heldUntil: at(150), at: at(62))
        #expect(breaker.code == "invalid_client" && !breaker.isClosed)
        #expect(breaker.admit(at: at(62), longest: .seconds(90)) == .probe)
    }

    @Test func `refusals and presentations of all hosts count`() {
        func breaker(made: Int, madeByOther: Int) -> SharedBreaker {
            var breaker = SharedBreaker()
            for _ in 0..<5 {
                breaker.refused(at: at(1), by: one, of: made)
                breaker.refused(at: at(2), by: other, of: madeByOther)
            }
            return breaker
        }
        #expect(!breaker(made: 5, madeByOther: 5).isClosed, "five at each are ten")
        #expect(!breaker(made: 5, madeByOther: 44).isClosed)
        #expect(breaker(made: 5, madeByOther: 45).isClosed, "no more than a fifth")
    }

    @Test func `refusals are forgotten after ten minutes`() {
        var breaker = SharedBreaker()
        for _ in 0..<9 { breaker.refused(at: at(0), by: one, of: 9) }
        breaker.refused(at: at(620), by: one, of: 1)
        #expect(breaker.isClosed)
        var soon = SharedBreaker()
        for _ in 0..<9 { soon.refused(at: at(0), by: one, of: 9) }
        soon.refused(at: at(590), by: one, of: 10)
        #expect(!soon.isClosed)
    }
}
