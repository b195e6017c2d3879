import ConnectorSDK
import Foundation
import Model
import Testing

@testable import RefreshProtocol

@Suite("Sections 7 and 9: commands and restores")
struct CommandTests {
    @Test("section 7, exchange and reconnect: never compares generations; new grant, old attempts on their own (M37)")
    func redeem() {
        for sent in [false, true] {
            var bench = Bench()
            _ = bench.claim("a")
            if sent { _ = bench.send("a") }
            let (fence, quiet) = (bench.line.fence, bench.line.quietAt)
            #expect(
                bench.perform(.redeem(AttemptID("x"), grant: GrantID("new"), content: bench.content(9))) == .applied)
            #expect(bench.line.generation == 2)
            #expect(bench.line.grant == GrantID("new"))
            #expect(bench.line.fence == fence + 1)
            #expect(bench.line.openAttempt == nil && bench.line.leaseUntil == nil)
            #expect(bench.attempt("a")?.state == (sent ? .ambiguous : .notSent))
            #expect(bench.line.quietAt == quiet)
            #expect(bench.line.unresolved.isEmpty)
            #expect(bench.line.state == .active)
            #expect(
                bench.perform(.redeem(AttemptID("x"), grant: GrantID("new"), content: bench.content(9))) == .duplicate)
        }
    }

    @Test("section 7: the first redeem creates, a later one refreshes; it leads out of every state but REVOKED")
    func redeemSignals() {
        var empty = Bench.empty()
        _ = empty.perform(.redeem(AttemptID("x"), grant: GrantID("g"), content: empty.content(1)))
        #expect(empty.signals == [.created])
        for state in [LineState.needsReauthorization(.refused), .verify, .suspect, .recovering] {
            var bench = Bench()
            bench.line.state = state
            _ = bench.perform(.redeem(AttemptID("x"), grant: GrantID("g"), content: bench.content(1)))
            #expect(bench.line.state == .active)
            #expect(bench.signals == [.refreshed])
        }
    }

    @Test("an exchange is a closed attempt of its own in the timeline, and holds nothing back")
    func redeemer() {
        var bench = Bench()
        let redeemer = Redeemer(
            host: HostID("h"), boot: BootID("b"), caller: "user:eve", sentAt: bench.now - .seconds(1))
        let generation = bench.line.generation
        _ = bench.perform(
            .redeem(AttemptID("x"), grant: GrantID("new"), content: bench.content(1), by: redeemer))
        let noted = bench.attempt("x")
        #expect(noted?.purpose == .exchange && noted?.state == .done && noted?.caller == "user:eve")
        #expect(noted?.generationIn == generation && noted?.grant == GrantID("new"))
        #expect(noted?.sentAt == redeemer.sentAt && noted?.closedAt == bench.now)
        #expect(bench.line.openAttempt == nil && bench.line.unresolved.isEmpty)
        #expect(bench.line.leaseUntil == nil)
    }

    @Test("section 7, revoke: a grant that comes for a revoked line is kept to be revoked, and revives nothing")
    func redeemRevoked() {
        var bench = Bench()
        _ = bench.perform(.revoke)
        let (generation, fence) = (bench.line.generation, bench.line.fence)
        let redeem = LineEvent.redeem(AttemptID("x"), grant: GrantID("new"), content: bench.content(1))
        #expect(bench.perform(redeem) == .candidate)
        #expect(bench.line.state == .revoked)
        #expect(bench.line.generation == generation)
        #expect(bench.line.fence == fence + 1)
        #expect(bench.signals == [.revocationWanted])
        let kept = bench.line.versions.first { $0.attempt == AttemptID("x") }
        #expect(kept?.status == .candidate)
        #expect(kept?.revocationPending == true)
        #expect(bench.perform(redeem) == .duplicate)
    }

    @Test("section 7, import: stored and claimed before the first presentation; its first answer creates")
    func importing() {
        var bench = Bench.empty()
        let event = LineEvent.importGrant(bench.request("a"), grant: GrantID("g"), content: bench.content(1))
        #expect(bench.perform(event) == .claimed)
        #expect(bench.line.state == .pending)
        #expect(bench.line.generation == 0)
        #expect(bench.line.current?.content.fingerprint == bench.content(1).fingerprint)
        #expect(bench.perform(event) == .current)
        #expect(bench.send("a") == .sent)
        #expect(bench.answer("a", .tokens(bench.content(2))) == .advanced)
        #expect(bench.line.generation == 1)
        #expect(bench.signals == [.created])
    }

    @Test("section 7, import: a failure or a lost lease does not strand it")
    func importGoesOn() {
        var bench = Bench.empty()
        _ = bench.perform(.importGrant(bench.request("a"), grant: GrantID("g"), content: bench.content(1)))
        bench.advance(bench.timing.lease)
        #expect(bench.claim("b", host: Bench.other) == .claimed)
        _ = bench.send("b")
        _ = bench.answer("b", .retryLater(after: nil, code: "503"))
        bench.waitForSilence()
        #expect(bench.claim("c") == .claimed)
        #expect(bench.line.unresolved.isEmpty)
    }

    @Test("section 7, revoke: at once, fence+1, nothing open, tokens and candidates marked (M36)")
    func revoke() {
        var bench = Bench(.singleUse)
        bench.present("a")
        bench.insertCandidate("child", fence: 1, parent: 0)
        let fence = bench.line.fence
        #expect(bench.perform(.revoke) == .applied)
        #expect(bench.line.state == .revoked)
        #expect(bench.line.fence == fence + 1)
        #expect(bench.line.openAttempt == nil)
        #expect(bench.attempt("a")?.state == .ambiguous)
        #expect(bench.line.versions.allSatisfy { $0.revocationPending })
        #expect(bench.signals == [.revoked, .revocationWanted])
        #expect(bench.answer("a", .tokens(bench.content(2))) == .candidate)
        #expect(bench.line.state == .revoked)
        #expect(bench.perform(.revoke) == .applied)
        #expect(bench.signals.isEmpty)
    }

    @Test("section 7, disable: normal attempts and confirmations wait, recovery goes on (M38)")
    func disable() {
        var bench = Bench(.singleUse)
        bench.present("a")
        _ = bench.perform(.setEnabled(false))
        _ = bench.ambiguous("a")
        bench.waitForSilence()
        #expect(bench.claim("b") == .claimed)
        #expect(bench.send("b") == .sent)
        _ = bench.answer("b", .refused(code: "invalid_grant"))
        bench.waitForSilence()
        #expect(bench.claim("c") == .refused(.disabled))
    }

    @Test(
        "section 9: rotating lines wait in VERIFY, generation and fence go on above everything lost (M40)",
        arguments: RotationClass.allClasses)
    func storeWentBack(rotation: RotationClass) {
        var bench = Bench(rotation)
        bench.present("a")
        _ = bench.perform(.storeWentBack(epoch: 3))
        #expect(bench.line.generation == 3 << 32)
        #expect(bench.line.fence >= 3 << 32)
        #expect(bench.line.current?.generation == 3 << 32)
        #expect(bench.line.openAttempt == nil)
        #expect(bench.attempt("a")?.state == .ambiguous)
        #expect(bench.line.state == (rotation.rotates ? .verify : .active))
        #expect(bench.line.quietAt >= bench.now + bench.timing.presentation)
    }

    @Test("section 9: where nothing of the lost rows can be at work there is no silence to wait for")
    func storeWentBackInSilence() {
        var bench = Bench(.static)
        let quiet = bench.line.quietAt
        _ = bench.perform(.storeWentBack(epoch: 3, mayBeAtWork: false))
        #expect(bench.line.quietAt == quiet)
        #expect(bench.claim("a") == .claimed)
    }

    @Test("section 9: an unfinished import may be superseded too; a line that was never connected cannot")
    func storeWentBackBeforeConnecting() {
        var bench = Bench.empty()
        _ = bench.perform(.storeWentBack(epoch: 3))
        #expect(bench.line.state == .pending)
        #expect(bench.line.generation == 0)
        _ = bench.perform(.importGrant(bench.request("a"), grant: GrantID("g"), content: bench.content(1)))
        _ = bench.perform(.storeWentBack(epoch: 4))
        #expect(bench.line.state == .verify)
    }

    @Test("section 9: a line that is pending in the backup may have been connected since: no generation is given twice")
    func storeWentBackWhilePending() {
        var bench = Bench.empty()
        _ = bench.perform(.storeWentBack(epoch: 3))
        _ = bench.perform(.redeem(AttemptID("x"), grant: GrantID("g"), content: bench.content(1)))
        #expect(bench.line.state == .active)
        let first: Int64 = 3 << 32 | 1
        #expect(bench.line.generation == first)
        #expect(bench.line.current?.generation == first)
        #expect(bench.signals == [.created])
        _ = bench.perform(.redeem(AttemptID("y"), grant: GrantID("h"), content: bench.content(2)))
        #expect(bench.line.generation == first + 1)
        #expect(bench.signals == [.refreshed])
    }

    @Test("section 9, ways out of VERIFY: the newest held anywhere, the operator's word, a new grant")
    func waysOut() {
        var bench = Bench()
        #expect(bench.perform(.adoptNewest) == .current)
        #expect(bench.perform(.assumeCurrent) == .current)
        _ = bench.perform(.storeWentBack(epoch: 3))
        bench.insertCandidate("g4", fence: 40, parent: 3, number: 40)
        bench.insertCandidate("g7", fence: 70, parent: 6, number: 70)
        bench.insertCandidate("g5", fence: 50, parent: 4, number: 50)
        var assumed = bench
        #expect(bench.perform(.adoptNewest) == .applied)
        #expect(bench.line.state == .active)
        #expect(bench.line.current?.content.fingerprint == bench.content(70).fingerprint)
        #expect(bench.line.generation == (3 << 32) + 1)

        #expect(assumed.perform(.assumeCurrent) == .applied)
        #expect(assumed.line.current?.content.fingerprint == assumed.content(1).fingerprint)
        assumed.waitForSilence()
        #expect(assumed.claim("b") == .claimed)
    }

    @Test("section 9: where nothing newer is held, adopting leaves the line in VERIFY, and nothing is presented")
    func nothingToAdopt() {
        var bench = Bench()
        _ = bench.perform(.storeWentBack(epoch: 3))
        #expect(bench.perform(.adoptNewest) == .current)
        let fence = bench.line.current?.fence ?? 0
        bench.insertCandidate("older", fence: fence - 1, parent: 0, number: 10)
        #expect(bench.perform(.adoptNewest) == .current)
        #expect(bench.line.state == .verify)
        bench.waitForSilence()
        #expect(bench.claim("a") == .refused(.verify))
    }

    @Test("section 9: the operator says that what is held is superseded: NEEDS_REAUTH, until a new grant comes")
    func reauthorize() {
        var bench = Bench()
        #expect(bench.perform(.reauthorize) == .current)
        _ = bench.perform(.storeWentBack(epoch: 3))
        #expect(bench.perform(.reauthorize) == .applied)
        #expect(bench.line.state == .needsReauthorization(.restored))
        #expect(bench.signals == [.reauthorizationRequired(.restored)])
        bench.waitForSilence()
        #expect(bench.claim("a") == .refused(.needsReauthorization))
        _ = bench.perform(.redeem(AttemptID("x"), grant: GrantID("new"), content: bench.content(9)))
        #expect(bench.line.state == .active)
    }
}
