import ConnectorSDK
import Model
import Testing

@testable import RefreshProtocol

@Suite("Rows 13 to 15: tokens")
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
}
