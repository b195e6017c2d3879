import ConnectorSDK
import Foundation
import Model
import Testing

@testable import RefreshProtocol

@Suite("Row 26, sections 7 and 9: statements and commands")
struct CommandTests {
    private let later = BootID("boot-2")

    private func statement(_ journaled: [String], exclusive: Bool = false) -> LineEvent {
        .statement(host: Bench.host, boot: later, journaled: Set(journaled.map { AttemptID($0) }), exclusive: exclusive)
    }

    @Test("row 26: with a journal line AMBIGUOUS and clear, RECOVERING, silence raised", arguments: [false, true])
    func wasWritten(exclusive: Bool) {
        var bench = Bench()
        bench.present("a")
        let quiet = bench.line.quietAt
        bench.advance(.seconds(1))
        #expect(bench.perform(statement(["a"], exclusive: exclusive)) == .applied)
        #expect(bench.attempt("a")?.state == .ambiguous)
        #expect(bench.attempt("a")?.holderClear == true)
        #expect(bench.line.state == .recovering)
        #expect(bench.line.openAttempt == nil)
        #expect(bench.line.quietAt == (exclusive ? bench.now + .seconds(15) : quiet))
    }

    @Test("row 26: without a journal line NOT_SENT: nothing is unresolved")
    func wasNotWritten() {
        var bench = Bench()
        bench.present("a")
        _ = bench.perform(statement([]))
        #expect(bench.attempt("a")?.state == .notSent)
        #expect(bench.line.state == .active)
        bench.waitForSilence()
        #expect(bench.claim("b") == .claimed)
        #expect(bench.attempt("b")?.purpose == .normal)
    }

    @Test("row 26: after a takeover too; the silence never falls on a shared store")
    func afterTakeover() {
        var bench = Bench()
        bench.presentAndFallSilent("a")
        bench.line.quietAt = bench.now + .seconds(1000)
        _ = bench.perform(statement(["a"]))
        #expect(bench.attempt("a")?.holderClear == true)
        #expect(bench.line.quietAt == bench.now + .seconds(1000))
        bench.line.quietAt = .distantPast
        var again = bench
        again.line.attempts[0].holderClear = false
        _ = again.perform(statement(["a"]))
        #expect(again.line.quietAt == again.now + .seconds(20))
    }

    @Test("rows 24 and 26: a restart does not shorten the silence that another call asked for")
    func busyBeforeRestart() {
        var bench = Bench(.singleUse)
        bench.present("a")
        _ = bench.answer("a", .busy(code: "in_progress"))
        let quiet = bench.line.quietAt
        bench.advance(.seconds(1))
        _ = bench.perform(statement(["a"], exclusive: true))
        #expect(bench.line.quietAt == quiet)
    }

    @Test("row 26: an INTENT of an earlier boot can no longer be sent", arguments: [false, true])
    func intent(exclusive: Bool) {
        var bench = Bench()
        _ = bench.claim("a")
        _ = bench.perform(statement([], exclusive: exclusive))
        #expect(bench.attempt("a")?.state == .notSent)
        #expect(bench.line.openAttempt == nil)
        #expect(bench.send("a") == .notMine)
    }

    @Test("row 26: this boot's and other hosts' attempts are not spoken for")
    func onlyItsOwn() {
        var bench = Bench()
        bench.present("a", host: Bench.other)
        let before = bench.line
        _ = bench.perform(statement(["a"]))
        #expect(bench.line == before)
        var same = Bench()
        same.present("a")
        let line = same.line
        _ = same.perform(.statement(host: Bench.host, boot: Bench.boot, journaled: [], exclusive: false))
        #expect(same.line == line)
    }

    @Test("row 26: one that is clear already is not judged again by a journal that may have forgotten it")
    func judgedOnce() {
        var bench = Bench()
        bench.present("a")
        _ = bench.ambiguous("a")
        _ = bench.perform(statement([], exclusive: true))
        #expect(bench.attempt("a")?.state == .ambiguous)
        #expect(bench.line.state == .recovering)
        #expect(bench.line.quietAt == bench.now + .seconds(20))
        bench.line.quietAt = .distantPast
        _ = bench.perform(statement([], exclusive: true))
        #expect(bench.line.quietAt == bench.now + .seconds(15))
    }

    @Test("row 26: a confirmation that may have been written is recovered, an older unresolved one changes no state")
    func confirmation() {
        var bench = Bench(.singleUse)
        bench.refuseAndConfirm("a", "b")
        _ = bench.perform(statement(["b"]))
        #expect(bench.line.state == .recovering)
        var older = Bench(.singleUse)
        older.presentAndFallSilent("z")
        older.waitForSilence()
        older.present("a", host: Bench.other)
        _ = older.answer("a", .refused(code: "invalid_grant"))
        _ = older.perform(statement(["z"]))
        #expect(older.line.state == .suspect)
    }

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

    @Test("section 7: the first redeem creates, a later one refreshes; it leads out of every state")
    func redeemSignals() {
        var empty = Bench.empty()
        _ = empty.perform(.redeem(AttemptID("x"), grant: GrantID("g"), content: empty.content(1)))
        #expect(empty.signals == [.created])
        for state in [LineState.needsReauthorization(.refused), .revoked, .verify, .suspect, .recovering] {
            var bench = Bench()
            bench.line.state = state
            _ = bench.perform(.redeem(AttemptID("x"), grant: GrantID("g"), content: bench.content(1)))
            #expect(bench.line.state == .active)
            #expect(bench.signals == [.refreshed])
        }
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
}
