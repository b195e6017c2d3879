import ConnectorSDK
import Model
import Testing

@testable import RefreshProtocol

@Suite("Rows 16 to 20: refusals")
struct RefusalTests {
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
}
