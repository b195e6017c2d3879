import ConnectorSDK
import Model
import Testing

@testable import RefreshProtocol

@Suite("Rows 6 to 9 and 12: to the wire, and calls without an answer")
struct SendingTests {
    @Test("row 6: T2 records SENT, the time, and E3's silence")
    func sends() {
        var bench = Bench()
        _ = bench.claim("a")
        #expect(bench.send("a") == .sent)
        #expect(bench.attempt("a")?.state == .sent)
        #expect(bench.attempt("a")?.sentAt == bench.now)
        #expect(bench.line.firstSentAt == bench.now)
        #expect(bench.line.quietAt == bench.now + .seconds(5 + 45 + 15 + 5))
    }

    @Test("row 6: a later silence is never shortened, the first sending time is kept")
    func keepsMaximum() {
        var bench = Bench(.singleUse)
        bench.present("a")
        let first = bench.line.firstSentAt
        _ = bench.ambiguous("a")
        bench.waitForSilence()
        bench.present("b")
        #expect(bench.line.firstSentAt == first)
    }

    @Test(
        "rows 6 and 7: each guard that fails ends NOT_SENT with the lease cleared and the state as before",
        arguments: ["verify", "disabled", "silence", "candidate", "late"])
    func guards(obstacle: String) {
        var bench = Bench(.singleUse)
        _ = bench.claim("a")
        var elapsed = Duration.zero
        switch obstacle {
        case "verify": bench.line.state = .verify
        case "disabled": _ = bench.perform(.setEnabled(false))
        case "silence": bench.line.quietAt = bench.now + .milliseconds(1)
        case "candidate": bench.insertCandidate("child", fence: 1)
        default: elapsed = bench.timing.lease - bench.timing.ownership + .milliseconds(1)
        }
        let state = bench.line.state
        guard case .notSent = bench.send("a", elapsed: elapsed) else {
            Issue.record("sent despite \(obstacle)"); return
        }
        #expect(bench.attempt("a")?.state == .notSent)
        #expect(bench.line.openAttempt == nil)
        #expect(bench.line.leaseUntil == nil)
        #expect(bench.line.state == state)
        #expect(bench.line.firstSentAt == nil)
    }

    @Test("row 6: at the budget's very end it still sends")
    func budgetEnd() {
        var bench = Bench()
        _ = bench.claim("a")
        #expect(bench.send("a", elapsed: bench.timing.lease - bench.timing.ownership) == .sent)
    }

    @Test("row 6: a replay is checked against section 6 again")
    func replayIsCheckedAgain() {
        var bench = Bench(.overlap(.window(.seconds(300), afterWindow: .revoke)))
        bench.present("a")
        _ = bench.ambiguous("a")
        bench.waitForSilence()
        #expect(bench.claim("b") == .claimed)
        bench.advance(.seconds(89))
        bench.line.leaseUntil = bench.now + .seconds(1000)
        bench.now = Bench().now + .seconds(299)
        guard case .notSent = bench.send("b") else { Issue.record("sent outside the window"); return }
        #expect(bench.line.state == .recovering)
    }

    @Test("row 7: not mine: stop")
    func notMine() {
        var bench = Bench()
        _ = bench.claim("a")
        let before = bench.line
        #expect(bench.send("b") == .notMine)
        #expect(bench.line == before)
    }

    @Test("row 9: no byte left: NOT_SENT, back-off, DEGRADED, and its own silence is over")
    func notSent() {
        var bench = Bench()
        bench.present("a")
        #expect(bench.perform(.notSent(AttemptID("a"), reason: "dns")) == .notSent("dns"))
        #expect(bench.attempt("a")?.state == .notSent)
        #expect(bench.line.state == .degraded)
        #expect(bench.line.openAttempt == nil)
        #expect(bench.line.firstSentAt == nil)
        #expect(bench.line.quietAt == bench.now)
        #expect(bench.line.nextTryAt >= bench.now + bench.timing.shortestBackOff)
    }

    @Test("row 9: RECOVERING while anything is unresolved, with the silence kept (M43, I10)")
    func notSentWhileUnresolved() {
        var bench = Bench(.singleUse)
        bench.presentAndFallSilent("a")
        bench.waitForSilence()
        bench.present("b", host: Bench.other)
        let quiet = bench.line.quietAt
        _ = bench.perform(.notSent(AttemptID("b"), reason: "tls"))
        #expect(bench.line.state == .recovering)
        #expect(bench.line.quietAt == quiet)
    }

    @Test("row 9: after a takeover by id only: the attempt is NOT_SENT, the other's stays open")
    func notSentAfterTakeover() {
        var bench = Bench(.singleUse)
        bench.presentAndFallSilent("a")
        bench.waitForSilence()
        bench.present("b", host: Bench.other)
        #expect(bench.perform(.notSent(AttemptID("a"), reason: "budget")) == .notMine)
        #expect(bench.attempt("a")?.state == .notSent)
        #expect(bench.attempt("b")?.state == .sent)
        #expect(bench.line.openAttempt == AttemptID("b"))
    }

    @Test("row 9: RECOVERING with nothing unresolved left is DEGRADED")
    func lastUnresolvedWasNotSent() {
        var bench = Bench()
        bench.presentAndFallSilent("a")
        _ = bench.perform(.notSent(AttemptID("a"), reason: "budget"))
        #expect(bench.line.state == .degraded)
        #expect(bench.line.firstSentAt == nil)
    }

    @Test("row 9: a closed attempt is not opened again", arguments: ["done", "rejected"])
    func closedStaysClosed(how: String) {
        var bench = Bench()
        bench.present("a")
        _ = bench.answer("a", how == "done" ? .tokens(bench.content(2)) : .refused(code: "invalid_grant"))
        let before = bench.line
        #expect(bench.perform(.notSent(AttemptID("a"), reason: "late")) == .notMine)
        #expect(bench.ambiguous("a") == .notMine)
        #expect(bench.line == before)
    }

    @Test("row 12: no complete answer: AMBIGUOUS and clear, RECOVERING, silence after settle and J")
    func ambiguous() {
        var bench = Bench()
        bench.present("a")
        bench.advance(.seconds(45))
        #expect(bench.ambiguous("a") == .recorded)
        #expect(bench.attempt("a")?.state == .ambiguous)
        #expect(bench.attempt("a")?.holderClear == true)
        #expect(bench.line.state == .recovering)
        #expect(bench.line.openAttempt == nil)
        // The store clock may gain J while the provider works on for settle (docs/decisions/0010).
        #expect(bench.line.quietAt == bench.now + .seconds(15 + 5))
        #expect(bench.signals == [.refreshFailed(code: "broken")])
    }

    @Test(
        "row 12, not mine: only the silence is raised, the state stays",
        arguments: ["taken over", "revoked", "reconnected"])
    func ambiguousNotMine(how: String) {
        var bench = Bench()
        bench.present("a")
        bench.advance(bench.timing.lease + .seconds(30))
        switch how {
        case "taken over": _ = bench.claim(host: Bench.other)
        case "revoked": _ = bench.perform(.revoke)
        default: _ = bench.perform(.redeem(AttemptID("x"), grant: GrantID("new"), content: bench.content(7)))
        }
        let state = bench.line.state
        #expect(bench.ambiguous("a") == .notMine)
        #expect(bench.attempt("a")?.holderClear == true)
        #expect(bench.line.state == state)
        #expect(bench.line.quietAt == bench.now + .seconds(20))
    }

    @Test("row 12, not mine: a later silence is not lowered")
    func neverLowered() {
        var bench = Bench(.singleUse)
        bench.presentAndFallSilent("a")
        bench.waitForSilence()
        bench.present("b", host: Bench.other)
        let quiet = bench.line.quietAt
        _ = bench.ambiguous("a")
        #expect(bench.line.quietAt == quiet)
        #expect(bench.line.openAttempt == AttemptID("b"))
    }

    @Test(
        "rows 9, 12, 23, 24, 25: what an adoption left behind does not disturb its successor's state",
        arguments: ["not sent", "ambiguous", "429", "busy", "500"])
    func leftBehind(how: String) {
        var bench = Bench(.singleUse)
        bench.presentAndFallSilent("a")
        bench.waitForSilence()
        bench.present("b", host: Bench.other)
        #expect(bench.answer("a", .tokens(bench.content(2))) == .adopted)
        switch how {
        case "not sent": _ = bench.perform(.notSent(AttemptID("b"), reason: "x"))
        case "ambiguous": _ = bench.ambiguous("b")
        case "429": _ = bench.answer("b", .retryLater(after: nil, code: "429"))
        case "busy": _ = bench.answer("b", .busy(code: "busy"))
        default: _ = bench.answer("b", .unclear(code: "500"))
        }
        #expect(bench.line.state == .active)
        #expect(bench.line.openAttempt == nil)
        #expect(bench.line.failures == 0)
        #expect(bench.signals.isEmpty)
    }
}
