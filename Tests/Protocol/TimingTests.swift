import Model
import Testing

@testable import RefreshProtocol

@Suite("Constants, back-off and breaker")
struct TimingTests {
    @Test("section 3: the defaults hold")
    func defaults() { #expect(Timing().violations(drain: .seconds(65)).isEmpty) }

    @Test("section 3: each inequality that does not hold is named once")
    func violations() {
        func broken(_ change: (inout Timing) -> Void, drain: Duration? = nil) -> [String] {
            var timing = Timing()
            change(&timing)
            return timing.violations(drain: drain).map { String($0.prefix(2)) }
        }
        #expect(broken { $0.soft = .seconds(45) } == ["E1"])
        #expect(broken { $0.lease = .seconds(73) } == ["E2"])
        #expect(broken { $0.lease = .seconds(74) }.isEmpty)
        #expect(broken { $0.confirmDelay = .seconds(15) } == ["E4"])
        #expect(broken { $0.ownerGrace = .seconds(239) } == ["E5"])
        #expect(broken({ _ in }, drain: .seconds(64)) == ["E7"])
        #expect(broken { $0.clockTolerance = .seconds(-1) }.count == 1)
        #expect(broken { $0.sendWindow = .zero }.count == 1)
    }

    @Test("a definition may shorten H, never lengthen it")
    func limited() {
        #expect(Timing().limited(hard: .seconds(20)).hard == .seconds(20))
        #expect(Timing().limited(hard: .seconds(99)).hard == .seconds(45))
        #expect(Timing().limited(hard: nil) == Timing())
    }

    @Test("section 6: back-off from 1 s to 15 min, spread, and the same for the same attempt")
    func backOff() {
        let timing = Timing()
        var delays: Set<Duration> = []
        for failures in [0, 1, 2, 5, 10, 11, 50, 5000] {
            for number in 0..<200 {
                let delay = timing.backOff(failures: failures, seed: AttemptID("attempt-\(number)"))
                #expect(delay >= .seconds(1) && delay <= .seconds(900))
                #expect(delay <= .seconds(1 << min(max(failures - 1, 0), 10)))
                delays.insert(delay)
            }
        }
        #expect(delays.count > 400)
        #expect(delays.contains { $0 > .seconds(600) })
        let seed = AttemptID("same")
        #expect(timing.backOff(failures: 9, seed: seed) == timing.backOff(failures: 9, seed: seed))
    }

    private func at(_ seconds: Int) -> Timestamp { Timestamp(milliseconds: Int64(seconds) * 1000) }

    @Test("breaker: one client error opens it for 60 s, then one probe, one success closes it")
    func clientError() {
        var breaker = Breaker()
        #expect(breaker.admit(at: at(0)) == .closed)
        breaker.misconfigured(at: at(0), code: "invalid_client")
        #expect(breaker.code == "invalid_client")
        #expect(breaker.admit(at: at(59)) == .open(until: at(60)))
        #expect(breaker.isOpen(at: at(59)) == at(60))
        #expect(breaker.isOpen(at: at(60)) == nil)
        #expect(breaker.admit(at: at(60)) == .probe)
        #expect(breaker.admit(at: at(60)) == .open(until: at(120)))
        breaker.succeeded()
        #expect(breaker.admit(at: at(61)) == .closed)
        #expect(breaker.code == nil)
    }

    @Test("breaker: a probe that was not used is given back")
    func unusedProbe() {
        var breaker = Breaker()
        breaker.misconfigured(at: at(0), code: "x")
        #expect(breaker.admit(at: at(70)) == .probe)
        breaker.returnProbe(at: at(71))
        #expect(breaker.admit(at: at(71)) == .probe)
        var closed = Breaker()
        closed.returnProbe(at: at(1))
        #expect(closed.admit(at: at(1)) == .closed)
    }

    @Test("breaker: ten refusals that are more than a fifth of the presentations in ten minutes")
    func refusals() {
        func breaker(presentations: Int, refusals: Int, secondsApart: Int = 0) -> Breaker {
            var breaker = Breaker()
            for _ in 0..<presentations { breaker.presented(at: at(secondsApart * refusals)) }
            for number in 0..<refusals { breaker.refused(at: at(secondsApart * number)) }
            return breaker
        }
        #expect(breaker(presentations: 9, refusals: 9).isOpen(at: at(1)) == nil)
        #expect(breaker(presentations: 49, refusals: 10).isOpen(at: at(1)) == at(60))
        #expect(breaker(presentations: 50, refusals: 10).isOpen(at: at(1)) == nil)
        #expect(breaker(presentations: 10, refusals: 10, secondsApart: 100).isOpen(at: at(901)) == nil)
    }
}
