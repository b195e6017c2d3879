import ConnectorSDK
import Model
import Testing

@testable import RefreshProtocol

@Suite("Rows 13 to 25: what a complete answer does")
struct AnsweringTests {
    @Test("row 13: the pointer moves, the parent is superseded, silence is over", arguments: RotationClass.allClasses)
    func advances(rotation: RotationClass) {
        var bench = Bench(rotation)
        bench.present("a")
        bench.advance(.seconds(2))
        #expect(bench.answer("a", .tokens(bench.content(2))) == .advanced)
        #expect(bench.line.generation == 2)
        #expect(bench.line.state == .active)
        #expect(bench.line.versions.map(\.status) == [.superseded, .current])
        #expect(bench.line.current?.content == bench.content(2))
        #expect(bench.line.current?.parentGeneration == 1)
        #expect(bench.attempt("a")?.state == .done)
        #expect(bench.line.openAttempt == nil && bench.line.leaseUntil == nil && bench.line.firstSentAt == nil)
        #expect(bench.line.quietAt == bench.now)
        #expect(bench.line.failures == 0)
        #expect(bench.signals == [.refreshed])
    }

    @Test("row 13: at any time: the lease may be over as long as nobody took over")
    func lateButMine() {
        var bench = Bench()
        bench.present("a")
        bench.advance(bench.timing.lease * 3)
        #expect(bench.answer("a", .tokens(bench.content(2))) == .advanced)
    }

    @Test("row 13: the silence is kept if another presentation was unresolved")
    func keepsSilence() {
        var bench = Bench(.singleUse)
        bench.presentAndFallSilent("a")
        bench.waitForSilence()
        bench.present("b", host: Bench.other)
        let quiet = bench.line.quietAt
        #expect(bench.answer("b", .tokens(bench.content(2))) == .advanced)
        #expect(bench.line.quietAt == quiet)
        #expect(bench.line.unresolved.isEmpty)
    }

    @Test("row 13: a disabled line commits what is on the wire")
    func disabledCommits() {
        var bench = Bench()
        bench.present("a")
        _ = bench.perform(.setEnabled(false))
        #expect(bench.answer("a", .tokens(bench.content(2))) == .advanced)
    }

    @Test("row 14: the second time nothing happens", arguments: [true, false])
    func idempotent(asCandidate: Bool) {
        var bench = Bench()
        bench.present("a")
        if asCandidate { _ = bench.perform(.revoke) }
        _ = bench.answer("a", .tokens(bench.content(2)))
        let before = bench.line
        #expect(bench.answer("a", .tokens(bench.content(2))) == .duplicate)
        #expect(bench.line == before)
    }

    @Test("row 14: also when the version is not loaded")
    func idempotentByAttempt() {
        var bench = Bench()
        bench.present("a")
        _ = bench.answer("a", .tokens(bench.content(2)))
        bench.line.versions.removeAll { $0.attempt == AttemptID("a") }
        #expect(bench.answer("a", .tokens(bench.content(2))) == .duplicate)
        #expect(bench.line.generation == 2)
    }

    @Test("row 15: a zombie's tokens are adopted in the same transaction, the silence kept")
    func zombieIsAdopted() {
        var bench = Bench()
        bench.presentAndFallSilent("a")
        let quiet = bench.line.quietAt
        #expect(bench.answer("a", .tokens(bench.content(2))) == .adopted)
        #expect(bench.line.generation == 2)
        #expect(bench.line.state == .active)
        #expect(bench.attempt("a")?.state == .done)
        #expect(bench.line.quietAt == quiet)
    }

    @Test("row 15: adoption ends an open INTENT, and leaves an open SENT to its own answer")
    func adoptionBesideOpen() {
        var bench = Bench(.singleUse)
        bench.presentAndFallSilent("a")
        bench.waitForSilence()
        _ = bench.claim("b", host: Bench.other)
        var sent = bench
        #expect(bench.answer("a", .tokens(bench.content(2))) == .adopted)
        #expect(bench.attempt("b")?.state == .notSent)
        #expect(bench.line.openAttempt == nil)

        _ = sent.send("b")
        #expect(sent.answer("a", .tokens(sent.content(2))) == .adopted)
        #expect(sent.attempt("b")?.state == .sent)
        #expect(sent.line.openAttempt == AttemptID("b"))
        #expect(sent.answer("b", .tokens(sent.content(3))) == .candidate)
        #expect(sent.line.generation == 2)
        #expect(sent.line.openAttempt == nil)
    }

    @Test("row 15: of an old grant: a candidate, never adopted")
    func oldGrant() {
        var bench = Bench()
        bench.present("a")
        _ = bench.perform(.redeem(AttemptID("x"), grant: GrantID("new"), content: bench.content(7)))
        #expect(bench.answer("a", .tokens(bench.content(2))) == .candidate)
        #expect(bench.line.current?.content == bench.content(7))
        bench.line.dueAt = bench.now
        bench.waitForSilence()
        #expect(bench.claim("b") == .claimed)
    }

    @Test("row 15: of a revoked line: kept and marked for revocation")
    func revoked() {
        var bench = Bench()
        bench.present("a")
        _ = bench.perform(.revoke)
        #expect(bench.answer("a", .tokens(bench.content(2))) == .candidate)
        #expect(bench.line.state == .revoked)
        #expect(bench.line.versions.last?.revocationPending == true)
        #expect(bench.signals == [.revocationWanted])
    }

    @Test("row 15: while VERIFY it is collected")
    func verify() {
        var bench = Bench()
        bench.present("a")
        _ = bench.perform(.storeWentBack(epoch: 2))
        #expect(bench.answer("a", .tokens(bench.content(2))) == .candidate)
        #expect(bench.line.state == .verify)
    }

    @Test("row 15: an attempt that the store has forgotten")
    func forgotten() {
        var bench = Bench()
        let presented = Presented(
            attempt: AttemptID("ghost"), grant: GrantID("grant"), generationIn: 1, fence: 9, host: Bench.host,
            boot: Bench.boot)
        #expect(bench.perform(.answer(presented, .tokens(bench.content(2)))) == .adopted)
        #expect(bench.line.generation == 2)
        #expect(bench.attempt("ghost")?.state == .done)
    }

    @Test("row 16: a refusal after the generation moved is recorded and nothing else")
    func refusedAfterMove() {
        var bench = Bench(.singleUse)
        bench.presentAndFallSilent("a")
        bench.waitForSilence()
        bench.present("b", host: Bench.other)
        _ = bench.answer("a", .tokens(bench.content(2)))
        #expect(bench.answer("b", .refused(code: "invalid_grant")) == .recorded)
        #expect(bench.line.state == .active)
        #expect(bench.attempt("b")?.state == .rejected)
        #expect(bench.line.openAttempt == nil)
    }

    @Test("row 17: a refusal with an adoptable candidate adopts it, the replay's and the confirmation's too")
    func refusedAdopts() {
        for rotation in [RotationClass.overlap(.untilUsed), .overlap(.window(.seconds(10), afterWindow: .refuse))] {
            var bench = Bench(rotation)
            bench.presentAndFallSilent("a")
            bench.waitForSilence()
            bench.present("b", host: Bench.other)
            #expect(bench.answer("a", .tokens(bench.content(2))) == .candidate)
            #expect(bench.answer("b", .refused(code: "invalid_grant")) == .adopted)
            #expect(bench.line.state == .active)
            #expect(bench.line.current?.content == bench.content(2))
        }
    }

    @Test("row 18: a refused normal attempt or replay: SUSPECT for K", arguments: [false, true])
    func suspect(replay: Bool) {
        var bench = Bench(.singleUse)
        bench.present("a")
        if replay {
            _ = bench.ambiguous("a")
            bench.waitForSilence()
            bench.present("b")
        }
        #expect(bench.answer(replay ? "b" : "a", .refused(code: "invalid_grant")) == .recorded)
        #expect(bench.line.state == .suspect)
        #expect(bench.line.nextTryAt == bench.now + bench.timing.confirmDelay)
        #expect(bench.line.versions.count == 1)
        #expect(bench.signals.contains(.refusal))
        #expect(bench.signals.contains(.refreshFailed(code: "invalid_grant")))
    }

    @Test("row 19: the second refusal, K apart, gives up: refused, or lost in rotation")
    func givesUp() {
        var bench = Bench(.singleUse)
        bench.refuseAndConfirm("a", "b")
        #expect(bench.answer("b", .refused(code: "invalid_grant")) == .recorded)
        #expect(bench.line.state == .needsReauthorization(.refused))
        #expect(bench.line.dueAt == nil)
        #expect(bench.line.versions.count == 1)
        #expect(bench.signals.contains(.reauthorizationRequired(.refused)))

        var lost = Bench(.singleUse)
        lost.present("z")
        _ = lost.ambiguous("z")
        lost.waitForSilence()
        lost.refuseAndConfirm("a", "b")
        _ = lost.answer("b", .refused(code: "invalid_grant"))
        #expect(lost.line.state == .needsReauthorization(.lostInRotation))
    }

    @Test("row 19: first any held refresh token of this grant that was never presented, newest fence first, once each")
    func presentsHeld() {
        var bench = Bench(.singleUse)
        bench.line.generation = 5
        bench.line.versions[0].generation = 5
        bench.insertCandidate("old", fence: 2, parent: 3, number: 60)
        bench.insertCandidate("newer", fence: 3, parent: 3, number: 61)
        bench.refuseAndConfirm("a", "b")
        #expect(bench.answer("b", .refused(code: "invalid_grant")) == .recorded)
        #expect(bench.line.state == .degraded)
        #expect(bench.line.current?.content.fingerprint == bench.content(61).fingerprint)
        #expect(bench.line.generation == 6)
        bench.refuseAndConfirm("c", "d")
        _ = bench.answer("d", .refused(code: "invalid_grant"))
        #expect(bench.line.current?.content.fingerprint == bench.content(60).fingerprint)
        bench.refuseAndConfirm("e", "f")
        _ = bench.answer("f", .refused(code: "invalid_grant"))
        #expect(bench.line.state == .needsReauthorization(.refused))
    }

    @Test("I7: an arriving child lifts NEEDS_REAUTH")
    func childLifts() {
        var bench = Bench(.singleUse)
        bench.presentAndFallSilent("z")
        bench.waitForSilence()
        bench.hosts[Bench.host]?.lost = true
        bench.present("a", host: Bench.other)
        _ = bench.answer("a", .refused(code: "invalid_grant"))
        bench.advance(bench.timing.presentation + bench.timing.confirmDelay)
        bench.present("b", host: Bench.other)
        _ = bench.answer("b", .refused(code: "invalid_grant"))
        #expect(bench.line.state == .needsReauthorization(.lostInRotation))
        #expect(bench.answer("z", .tokens(bench.content(2))) == .adopted)
        #expect(bench.line.state == .active)
    }

    @Test("I7: also a child of a generation that row 19 has left, and one that a later presentation may have replaced")
    func lateChildLifts() {
        for rotation in [RotationClass.singleUse, .overlap(.untilUsed)] {
            var bench = Bench(rotation)
            bench.presentAndFallSilent("z")
            bench.waitForSilence()
            bench.hosts[Bench.host]?.lost = true
            bench.present("y", host: Bench.other)
            _ = bench.ambiguous("y")
            bench.insertCandidate("strange", fence: 1, parent: 0)
            bench.waitForSilence()
            for name in ["a", "b", "c", "d"] {
                bench.waitForSilence()
                bench.present(name, host: Bench.other)
                _ = bench.answer(name, .refused(code: "invalid_grant"))
            }
            #expect(bench.line.generation == 2)
            guard case .needsReauthorization = bench.line.state else { Issue.record("not given up"); return }
            #expect(bench.answer("z", .tokens(bench.content(2))) == .adopted)
            #expect(bench.line.current?.content == bench.content(2))
            #expect(bench.claim() == .notYet(until: bench.line.quietAt, .silence) || bench.line.openAttempt != nil)
        }
    }

    @Test("row 20: a zombie's refusal never moves the state (M32)")
    func zombieRefused() {
        var bench = Bench(.singleUse)
        bench.presentAndFallSilent("a")
        bench.waitForSilence()
        bench.present("b", host: Bench.other)
        let quiet = bench.line.quietAt
        #expect(bench.answer("a", .refused(code: "invalid_grant")) == .recorded)
        #expect(bench.attempt("a")?.state == .rejected)
        #expect(bench.line.openAttempt == AttemptID("b"))
        #expect(bench.line.quietAt == quiet)
        #expect(bench.line.state != .suspect)
    }

    @Test("row 22: the client's fault trips the breaker and changes no state (M35)", arguments: [true, false])
    func clientError(mine: Bool) {
        var bench = Bench()
        bench.present("a")
        if !mine {
            bench.advance(bench.timing.lease)
            _ = bench.claim(host: Bench.other)
        }
        let state = bench.line.state
        #expect(bench.answer("a", .clientError(code: "invalid_client")) == .recorded)
        #expect(bench.attempt("a")?.state == .rejected)
        #expect(bench.line.openAttempt == nil)
        #expect(bench.line.state == (mine ? state : .degraded))
        #expect(bench.signals == [.clientMisconfigured(code: "invalid_client")])
    }

    @Test("row 23: the refresh token is unspent: DEGRADED, next try as told and at most a day away")
    func retryLater() {
        var bench = Bench()
        bench.present("a")
        _ = bench.answer("a", .retryLater(after: .seconds(120), code: "429"))
        #expect(bench.line.state == .degraded)
        #expect(bench.attempt("a")?.state == .rejected)
        #expect(bench.line.nextTryAt == bench.now + .seconds(120))
        #expect(bench.line.quietAt == bench.now)

        var long = Bench()
        long.present("a")
        _ = long.answer("a", .retryLater(after: .seconds(1_000_000_000), code: "429"))
        #expect(long.line.nextTryAt == long.now + .seconds(86400))
    }

    @Test("row 23: RECOVERING while anything is unresolved; not mine: nothing else")
    func retryLaterWhileUnresolved() {
        var bench = Bench(.singleUse)
        bench.presentAndFallSilent("a")
        bench.waitForSilence()
        bench.present("b", host: Bench.other)
        var zombie = bench
        _ = bench.answer("b", .retryLater(after: nil, code: "429"))
        #expect(bench.line.state == .recovering)
        let next = zombie.line.nextTryAt
        _ = zombie.answer("a", .retryLater(after: .seconds(500), code: "429"))
        #expect(zombie.line.nextTryAt == next)
        #expect(zombie.line.openAttempt == AttemptID("b"))
    }

    @Test("row 24: another call is at work: AMBIGUOUS, clear, silence of a whole presentation and J")
    func busy() {
        var bench = Bench(.singleUse)
        bench.present("a")
        bench.advance(.seconds(30))
        #expect(bench.answer("a", .busy(code: "in_progress")) == .recorded)
        #expect(bench.attempt("a")?.state == .ambiguous)
        #expect(bench.attempt("a")?.holderClear == true)
        #expect(bench.line.state == .recovering)
        #expect(bench.line.quietAt == bench.now + .seconds(5 + 45 + 15 + 5))
        #expect(bench.line.openAttempt == nil)
    }

    @Test("row 24, not mine: the state stays")
    func busyNotMine() {
        var bench = Bench(.singleUse)
        bench.present("a")
        _ = bench.perform(.revoke)
        _ = bench.answer("a", .busy(code: "in_progress"))
        #expect(bench.line.state == .revoked)
    }

    @Test("row 25: static as row 23, with the silence that a provider may need")
    func unclearStatic() {
        var bench = Bench(.static)
        bench.present("a")
        _ = bench.answer("a", .unclear(code: "500"))
        #expect(bench.attempt("a")?.state == .rejected)
        #expect(bench.line.state == .degraded)
        #expect(bench.line.quietAt == bench.now + .seconds(20))
    }

    @Test("row 25: rotating classes exactly as row 12", arguments: RotationClass.rotating)
    func unclearRotating(rotation: RotationClass) {
        var bench = Bench(rotation)
        bench.present("a")
        var broken = bench
        _ = broken.ambiguous("a")
        _ = bench.answer("a", .unclear(code: "broken"))
        #expect(bench.line == broken.line)
        #expect(bench.signals == broken.signals)
    }

    @Test("row 25 and §7: an attempt keeps the class it was claimed under")
    func unclearAfterClassChange() {
        var bench = Bench(.singleUseFamily)
        bench.present("a")
        bench.line.rotation = .static
        _ = bench.answer("a", .unclear(code: "500"))
        #expect(bench.attempt("a")?.state == .ambiguous)
        bench.waitForSilence()
        guard case .notYet(_, .holder) = bench.claim() else { Issue.record("replayed as static"); return }
    }

    @Test("row 25: of an attempt that the store has forgotten: it may have spent the refresh token")
    func unclearForgotten() {
        var bench = Bench()
        let presented = Presented(
            attempt: AttemptID("ghost"), grant: GrantID("grant"), generationIn: 1, fence: 9, host: Bench.host,
            boot: Bench.boot)
        _ = bench.perform(.answer(presented, .unclear(code: "500")))
        #expect(bench.line.unresolved.map(\.id) == [AttemptID("ghost")])
        guard case .notYet = bench.claim() else { Issue.record("presented as if nothing were unresolved"); return }
    }

    @Test("rows 16 to 25: an answer that was recorded is not recorded twice")
    func recordedOnce() {
        let answers: [Answer] = [
            .refused(code: "x"), .clientError(code: "x"), .retryLater(after: nil, code: "x"),
        ]
        for answer in answers {
            var bench = Bench()
            bench.present("a")
            _ = bench.answer("a", answer)
            let before = bench.line
            bench.advance(.seconds(9))
            #expect(bench.answer("a", answer) == .duplicate)
            #expect(bench.line == before)
        }
    }
}
