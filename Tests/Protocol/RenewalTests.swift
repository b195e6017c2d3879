import ConnectorSDK
import Foundation
import Model
import Testing

@testable import RefreshProtocol

/// Renewal by a grant that nobody attends (PROTOCOL.md §7, reconnect and import; docs/decisions/0023).
@Suite("Section 7: renewals beside the grant that is there")
struct RenewalTests {
    @Test("the old grant goes on until the new one has brought tokens; then it is the next generation")
    func renewed() {
        var bench = Bench()
        #expect(bench.renew("r") == .sent)
        let began = bench.attempt("r")
        #expect(began?.state == .ambiguous && began?.holderClear == false && began?.purpose == .exchange)
        #expect(bench.line.openAttempt == nil && bench.line.unresolved.isEmpty && bench.line.generation == 1)
        #expect(bench.claim("a") == .claimed, "the old grant is refreshed beside it")
        _ = bench.send("a")
        let quiet = bench.line.quietAt
        #expect(bench.finish("r") == .applied)
        #expect(bench.line.generation == 2 && bench.line.grant == GrantID("new") && bench.line.state == .active)
        #expect(bench.attempt("r")?.state == .done && bench.attempt("a")?.state == .ambiguous)
        #expect(bench.line.quietAt == quiet && bench.line.openAttempt == nil)
        #expect(bench.finish("r") == .duplicate)
        #expect(bench.answer("a", .tokens(bench.content(8))) == .candidate, "an old answer never overwrites it")
        #expect(bench.line.current?.attempt == AttemptID("r"))
    }

    @Test("the refresh of the old grant that was committed meanwhile does not stand in its way")
    func besideRefresh() {
        var bench = Bench()
        _ = bench.renew("r")
        bench.present("a")
        #expect(bench.answer("a", .tokens(bench.content(2))) == .advanced)
        #expect(bench.finish("r") == .applied)
        #expect(bench.line.generation == 3)
    }

    @Test("once another grant has taken the place, a renewal's answer is kept and never adopted")
    func overtaken() {
        var bench = Bench()
        _ = bench.renew("r")
        _ = bench.perform(.redeem(AttemptID("x"), grant: GrantID("other"), content: bench.content(4)))
        #expect(bench.finish("r") == .candidate)
        #expect(bench.line.grant == GrantID("other") && bench.line.generation == 2)
        bench.waitForSilence()
        bench.line.dueAt = bench.now
        #expect(bench.claim("a") == .claimed)
        #expect(bench.line.grant == GrantID("other"))
    }

    @Test("one at a time, as long as an earlier one can still be at work")
    func oneAtATime() {
        var bench = Bench()
        _ = bench.renew("r")
        let until = bench.now + bench.timing.presentation + bench.timing.clockTolerance
        #expect(bench.renew("s") == .inFlight(AttemptID("r"), until: until))
        bench.now = until
        #expect(bench.renew("s") == .sent)
    }

    @Test("I6: nothing of a renewal is revoked while it can be at work, though its line is silent")
    func working() {
        var bench = Bench()
        _ = bench.renew("r")
        _ = bench.perform(.revoke)
        let until = bench.now + bench.timing.presentation + bench.timing.clockTolerance
        func isWorking(_ time: Timestamp) -> Bool { bench.line.isRenewing(at: time, timing: bench.timing) }
        #expect(bench.line.quietAt <= bench.now)
        #expect(isWorking(bench.now) && isWorking(until - .milliseconds(1)) && !isWorking(until))
        bench.advance(.seconds(1))
        _ = bench.ambiguous("r")
        #expect(isWorking(until) && !isWorking(until + .seconds(1)), "its host has closed it; the provider may go on")
        bench = Bench()
        bench.present("a")
        #expect(!isWorking(bench.now), "of the line's own grant quietAt tells")
    }

    @Test("revoked, disabled, a breaker or a rate limit: nothing is sent, nothing is left")
    func refused() {
        let later = Timestamp(milliseconds: 2_000_000_000)
        var bench = Bench()
        #expect(bench.renew("r", permit: .init(breaker: .open(until: later))) == .notYet(until: later, .breaker))
        #expect(bench.renew("r", permit: .init(rateLimitedUntil: later)) == .notYet(until: later, .rateLimit))
        _ = bench.perform(.setEnabled(false))
        #expect(bench.renew("r") == .refused(.disabled))
        _ = bench.perform(.revoke)
        #expect(bench.renew("r") == .refused(.revoked))
        #expect(bench.attempt("r") == nil)
    }

    @Test("an imported refresh token is held before it is presented, and free again when it was certainly not spent")
    func imported() {
        for answer in [Answer.refused(code: "invalid_grant"), .retryLater(after: nil, code: "429")] {
            var bench = Bench()
            let token = bench.content(7)
            #expect(bench.renew("r", token: token) == .sent)
            let held = bench.line.versions.first { $0.attempt == RefreshProtocol.importID(of: AttemptID("r")) }
            #expect(held.map { bench.line.isHeldForRenewal($0) } == true)
            #expect(bench.answer("r", answer) == .recorded)
            #expect(!bench.line.versions.contains { bench.line.isHeldForRenewal($0) })
            #expect(bench.line.state == .active && bench.line.generation == 1, "the old grant is as it was")
        }
        var unsent = Bench()
        _ = unsent.renew("r", token: unsent.content(7))
        #expect(unsent.perform(.notSent(AttemptID("r"), reason: "dns")) == .notMine)
        #expect(!unsent.line.versions.contains { unsent.line.isHeldForRenewal($0) })
    }

    @Test("I1: after a lost answer the same refresh token waits for silence and for its host's word")
    func lost() {
        var bench = Bench()
        let token = bench.content(7)
        _ = bench.renew("r", token: token)
        bench.advance(bench.timing.presentation + bench.timing.clockTolerance)
        bench.beat()
        #expect(bench.renew("s", token: token) == .notYet(until: bench.now + bench.timing.heartbeat, .holder))
        _ = bench.ambiguous("r")
        let until = bench.now + bench.timing.presentation + bench.timing.clockTolerance
        #expect(bench.renew("s", token: token) == .notYet(until: until, .silence))
        bench.now = until
        #expect(bench.renew("s", token: token) == .sent)
        #expect(bench.line.versions.filter { bench.line.isHeldForRenewal($0) }.count == 1)
        #expect(bench.finish("s") == .applied)
        #expect(!bench.line.versions.contains { bench.line.isHeldForRenewal($0) })
    }

    @Test(
        "I1, I6: an answer to the old grant does not end the silence after a renewal that broke or met another call",
        arguments: [false, true])
    func besideAnAnswer(_ isBusy: Bool) {
        let answers: [Answer] = [
            .refused(code: "invalid_grant"), .retryLater(after: nil, code: "429"), .clientError(code: "invalid_client"),
        ]
        for answer in answers + [.tokens(Bench().content(2))] {
            var bench = Bench()
            let token = bench.content(7)
            bench.present("x")
            #expect(bench.renew("r", token: token) == .sent)
            _ = isBusy ? bench.answer("r", .busy(code: "in_process")) : bench.ambiguous("r")
            let silence = bench.now + bench.timing.presentation + bench.timing.clockTolerance
            bench.advance(.seconds(1))
            _ = bench.answer("x", answer)
            #expect(bench.line.quietAt == bench.now, "rows 13, 16-23: the old grant's own silence is over")
            #expect(bench.renew("s", token: token) == .notYet(until: silence, .silence))
            func mayBeRevoked(_ time: Timestamp) -> Bool { !bench.line.isRenewing(at: time, timing: bench.timing) }
            #expect(!mayBeRevoked(bench.now) && !mayBeRevoked(silence - .milliseconds(1)) && mayBeRevoked(silence))
            bench.now = silence
            #expect(bench.renew("s", token: token) == .sent)
        }
    }

    @Test("I6: an answer that says nothing keeps silence, also where nothing rotates")
    func unclear() {
        var bench = Bench(.static)
        let token = bench.content(7)
        #expect(bench.renew("r", token: token, rotation: .static) == .sent)
        _ = bench.answer("r", .unclear(code: "504"))
        #expect(bench.attempt("r")?.state == .ambiguous && bench.line.state == .active)
        let silence = bench.now + bench.timing.presentation + bench.timing.clockTolerance
        #expect(bench.renew("s", token: token, rotation: .static) == .notYet(until: silence, .silence))
        bench.now = silence
        #expect(bench.renew("s", token: token, rotation: .static) == .sent)
    }

    @Test("revoked meanwhile: what comes is kept to be revoked, as what was imported is")
    func revokedMeanwhile() {
        var bench = Bench()
        _ = bench.renew("r", token: bench.content(7))
        _ = bench.perform(.revoke)
        #expect(bench.finish("r") == .candidate)
        #expect(bench.line.state == .revoked && bench.signals == [.revocationWanted])
        let pending = bench.line.versions.filter(\.revocationPending).map(\.attempt)
        #expect(Set(pending) == [AttemptID("exchange"), AttemptID("r")])
    }

    @Test("row 26: a host that died says what became of it; without a journal line nothing had left")
    func restarted() {
        for journaled in [false, true] {
            var bench = Bench()
            _ = bench.renew("r", token: bench.content(7))
            let statement = LineEvent.statement(
                host: Bench.host, boot: BootID("boot-2"), journaled: journaled ? [AttemptID("r")] : [], exclusive: true)
            #expect(bench.perform(statement) == .applied)
            #expect(bench.attempt("r")?.state == (journaled ? .ambiguous : .notSent))
            #expect(bench.line.versions.contains { bench.line.isHeldForRenewal($0) } == journaled)
            #expect(bench.line.state == .active)
            bench.waitForSilence()
            #expect(bench.claim("a") == .claimed)
        }
    }
}

extension Bench {
    fileprivate mutating func renew(
        _ name: String, token: TokenVersion.Content? = nil, rotation: RotationClass = .singleUse,
        permit: Claim.Permit = .init()
    ) -> LineOutcome {
        perform(
            .renew(
                request(name, need: .generation(0), permit: permit), grant: GrantID("new"), rotation: rotation,
                token: token))
    }

    fileprivate mutating func finish(_ name: String) -> LineOutcome {
        perform(.renewed(AttemptID(name), grant: GrantID("new"), from: GrantID("grant"), content: content(9)))
    }
}
