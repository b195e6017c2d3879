import ConnectorSDK
import Model
import Testing

@testable import RefreshProtocol

@Suite("Row 21 and section 8: confirmations, forces and reports")
struct ConfirmingTests {
    @Test("row 21: a confirmation after K, in every class", arguments: RotationClass.allClasses)
    func confirmation(rotation: RotationClass) {
        var bench = Bench(rotation)
        bench.present("a")
        _ = bench.answer("a", .refused(code: "invalid_grant"))
        let due = bench.now + bench.timing.confirmDelay
        #expect(bench.claim() == .notYet(until: due, .confirmDelay))
        #expect(bench.claim(need: .force(generation: 1)) == .notYet(until: due, .confirmDelay))
        bench.now = due
        #expect(bench.claim("b") == .claimed)
        #expect(bench.attempt("b")?.purpose == .confirm)
    }

    @Test("row 21: not while disabled, not with the breaker open, and its one probe is enough")
    func confirmationGuards() {
        var bench = Bench()
        bench.present("a")
        _ = bench.answer("a", .refused(code: "invalid_grant"))
        bench.advance(bench.timing.confirmDelay)
        _ = bench.perform(.setEnabled(false))
        #expect(bench.claim() == .refused(.disabled))
        _ = bench.perform(.setEnabled(true))
        let until = bench.now + .seconds(60)
        #expect(bench.claim(permit: .init(breaker: .open(until: until))) == .notYet(until: until, .breaker))
        #expect(bench.claim(permit: .init(breaker: .probe)) == .claimed)
    }

    @Test("row 21: it awaits every holder's word: clear, lost or silent for G")
    func confirmationAwaitsHolders() {
        var bench = Bench(.singleUse)
        bench.presentAndFallSilent("a")
        bench.waitForSilence()
        bench.present("b", host: Bench.other)
        _ = bench.answer("b", .refused(code: "invalid_grant"))
        bench.advance(bench.timing.presentation + bench.timing.confirmDelay)
        bench.beat()
        guard case .notYet(_, .holder) = bench.claim() else { Issue.record("did not wait"); return }
        var lost = bench
        lost.hosts[Bench.host]?.lost = true
        #expect(lost.claim("c") == .claimed)
        var silent = bench
        silent.advance(silent.timing.ownerGrace)
        #expect(silent.claim("c") == .claimed)
        var clear = bench
        _ = clear.ambiguous("a")
        clear.waitForSilence()
        #expect(clear.claim("c") == .claimed)
    }

    @Test("§8: one forced refresh per connection and interval; N forces of one generation cost one call")
    func force() {
        var bench = Bench(.static)
        bench.line.dueAt = nil
        #expect(bench.claim("a", need: .force(generation: 1)) == .claimed)
        _ = bench.send("a")
        _ = bench.answer("a", .tokens(bench.content(2)))
        for _ in 0..<5 { #expect(bench.claim(need: .force(generation: 1)) == .current) }
        let until = bench.now + bench.timing.forceInterval
        #expect(bench.claim(need: .force(generation: 2)) == .notYet(until: until, .forceInterval))
        bench.now = until
        #expect(bench.claim(need: .force(generation: 2)) == .claimed)
    }

    @Test("§8: three reports per interval are free")
    func reports() {
        var bench = Bench(.static)
        for number in 1...3 {
            #expect(bench.claim("r\(number)", need: .report(generation: bench.line.generation)) == .claimed)
            _ = bench.send("r\(number)")
            _ = bench.answer("r\(number)", .tokens(bench.content(number + 1)))
        }
        guard case .notYet(let until, .reportInterval) = bench.claim(need: .report(generation: 4)) else {
            Issue.record("a fourth report passed")
            return
        }
        bench.now = until
        #expect(bench.claim("r5", need: .report(generation: 4)) == .claimed)
    }

    @Test(
        "section 8: an observed generation that is older costs no call, in no state",
        arguments: [LineState.active, .degraded, .recovering, .suspect])
    func outdated(state: LineState) {
        var bench = Bench(.singleUse)
        if state == .recovering {
            bench.present("z")
            _ = bench.ambiguous("z")
        }
        bench.line.state = state
        bench.waitForSilence()
        for need in [
            Claim.Need.generation(0), .report(generation: 0), .force(generation: 0),
            .validity(generation: 0, until: bench.now + .seconds(9999)),
        ] {
            #expect(bench.claim(need: need) == .current)
        }
        #expect(bench.line.openAttempt == nil)
        #expect(bench.claim("a", need: .generation(1)) == .claimed)
    }

    @Test("section 8: a report that comes while nothing can be sent is remembered for its family's recovery")
    func reportDuringSilence() {
        var bench = Bench()
        bench.present("a")
        _ = bench.claim(need: .report(generation: 1))
        #expect(bench.line.reportedDead == 1)
        _ = bench.ambiguous("a")
        bench.waitForSilence()
        #expect(bench.claim("b") == .claimed)
        #expect(bench.attempt("b")?.purpose == .replay)
    }
}
