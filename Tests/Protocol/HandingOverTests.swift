import ConnectorSDK
import Model
import RefreshProtocol
import Testing

/// A second authority: what it was given is not presented here, in no state and by no rule, until an operator takes it back
/// (docs/decisions/0023, 0028).
@Suite struct HandingOverTests {
    @Test("handed over to another authority: nothing is presented any more, until an operator says what holds")
    func handOver() {
        var bench = Bench()
        #expect(bench.handOver() == .applied)
        #expect(bench.line.state == .verify && bench.line.generation == 1 && bench.signals.isEmpty)
        #expect(bench.claim("a") == .refused(.verify))
        #expect(bench.handOver() == .current)
        #expect(bench.line.isHandedOver && bench.attempt("given")?.caller == "operator:eve")
        #expect(bench.perform(.assumeCurrent) == .applied)
        #expect(!bench.line.isHandedOver && bench.attempt("given")?.state == .notSent)
        #expect(bench.claim("b") == .claimed)
    }

    @Test("what is being presented, or may be replaced by what is held, is not handed over")
    func handOverAtWork() {
        var open = Bench()
        _ = open.claim("a")
        var unclear = Bench()
        unclear.present("a")
        _ = unclear.ambiguous("a")
        var newer = Bench()
        newer.insertCandidate("late", fence: 9)
        for var bench in [open, unclear, newer, Bench.empty()] {
            let state = bench.line.state
            #expect(bench.handOver() == .current)
            #expect(bench.line.state == state)
        }
    }

    @Test("no other way out of VERIFY leads to a presentation, nor does a child that arrives later")
    func waysOut() {
        var bench = Bench()
        _ = bench.handOver()
        bench.insertCandidate("newer", fence: 90, number: 9)
        #expect(bench.perform(.adoptNewest) == .current)
        #expect(bench.line.state == .verify)
        #expect(bench.perform(.reauthorize) == .applied)
        #expect(bench.claim("a") == .refused(.verify))
        let late = Presented(
            attempt: AttemptID("late"), grant: bench.line.grant, generationIn: 1, fence: 91, host: Bench.host,
            boot: Bench.boot)
        #expect(bench.perform(.answer(late, .tokens(bench.content(10)))) == .candidate)
        #expect(bench.line.state == .needsReauthorization(.restored))
        #expect(bench.perform(.redeem(AttemptID("x"), grant: GrantID("new"), content: bench.content(11))) == .applied)
        bench.waitForSilence()
        #expect(!bench.line.isHandedOver && bench.claim("b", need: .generation(2)) == .claimed)
    }

    @Test("a store from before the hand-over learns of it again, in every class", arguments: RotationClass.allClasses)
    func recalled(rotation: RotationClass) throws {
        var after = Bench(rotation)
        _ = after.handOver()
        let handOver = HandOver(try #require(after.attempt("given")), of: after.line.id)
        var before = Bench(rotation)
        before.present("a")
        #expect(before.perform(.recallHandOver(handOver)) == .applied)
        #expect(before.attempt("given") == after.attempt("given"))
        #expect(before.line.state == .verify && before.line.openAttempt == nil)
        #expect(before.perform(.recallHandOver(handOver)) == .current)
        _ = before.perform(.storeWentBack(epoch: 2))
        before.waitForSilence()
        #expect(before.claim("b") == .refused(.verify) && before.line.isHandedOver)
        #expect(before.perform(.assumeCurrent) == .applied)
        #expect(before.perform(.recallHandOver(handOver)) == .current, "it was taken back")
        before.waitForSilence()
        #expect(before.claim("c") == .claimed)
    }

    @Test("another grant, and a line that was never connected, are not what was handed over")
    func notRecalled() throws {
        var after = Bench()
        _ = after.handOver()
        let handOver = HandOver(try #require(after.attempt("given")), of: after.line.id)
        var renewed = Bench()
        _ = renewed.perform(.redeem(AttemptID("x"), grant: GrantID("new"), content: renewed.content(9)))
        for var bench in [renewed, Bench.empty()] {
            let line = bench.line
            #expect(bench.perform(.recallHandOver(handOver)) == .current)
            #expect(bench.line == line)
        }
    }

    @Test("revoked here, the provider is told nothing of it, nor of what arrives later; of a new grant it is")
    func revoked() {
        var bench = Bench()
        _ = bench.handOver()
        #expect(bench.perform(.revoke) == .applied)
        #expect(bench.line.state == .revoked && bench.signals == [.revoked])
        let late = Presented(
            attempt: AttemptID("late"), grant: bench.line.grant, generationIn: 1, fence: 91, host: Bench.host,
            boot: Bench.boot)
        #expect(bench.perform(.answer(late, .tokens(bench.content(10)))) == .candidate)
        #expect(bench.line.versions.allSatisfy { !$0.revocationPending } && bench.signals.isEmpty)
        _ = bench.perform(.redeem(AttemptID("x"), grant: GrantID("new"), content: bench.content(11)))
        #expect(bench.line.versions.filter(\.revocationPending).map(\.attempt) == [AttemptID("x")])
        #expect(bench.signals == [.revocationWanted])
    }
}

extension Bench {
    fileprivate mutating func handOver() -> LineOutcome {
        let redeemer = Redeemer(host: Self.host, boot: Self.boot, caller: "operator:eve", sentAt: now)
        return perform(.handOver(AttemptID("given"), by: redeemer))
    }
}
