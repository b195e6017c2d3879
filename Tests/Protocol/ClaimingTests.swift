import ConnectorSDK
import Model
import Testing

@testable import RefreshProtocol

@Suite("Rows 1 to 5: who may present")
struct ClaimingTests {
    @Test("row 1: a due line is claimed with a new fence, a lease and an INTENT", arguments: RotationClass.allClasses)
    func claims(rotation: RotationClass) {
        var bench = Bench(rotation)
        let fence = bench.line.fence
        #expect(bench.claim("a") == .claimed)
        #expect(bench.line.fence == fence + 1)
        #expect(bench.line.leaseUntil == bench.now + bench.timing.lease)
        #expect(bench.line.openAttempt == AttemptID("a"))
        #expect(bench.attempt("a")?.state == .intent)
        #expect(bench.attempt("a")?.purpose == .normal)
        #expect(bench.attempt("a")?.generationIn == 1)
        #expect(bench.line.state == .active)
    }

    @Test("row 1: need is decided again inside")
    func need() {
        var bench = Bench()
        bench.line.dueAt = bench.now + .seconds(1)
        #expect(bench.claim() == .current)
        #expect(bench.claim(need: .generation(0)) == .current)
        #expect(bench.claim(need: .force(generation: 0)) == .current)
        #expect(bench.claim(need: .report(generation: 0)) == .current)
        #expect(bench.claim(need: .validity(generation: 1, until: bench.now)) == .current)
        #expect(bench.claim(need: .validity(generation: 0, until: bench.now + .seconds(9999))) == .current)
        #expect(bench.line.openAttempt == nil)
        #expect(bench.claim(need: .validity(generation: 1, until: bench.now + .seconds(9999))) == .claimed)
    }

    @Test("row 1: a transient failure is retried by the scheduler although nothing is due (I10)")
    func degradedIsFinished() {
        var bench = Bench(.static)
        bench.line.dueAt = bench.now + .seconds(300)
        _ = bench.claim("a", need: .force(generation: 1))
        _ = bench.send("a")
        #expect(bench.answer("a", .retryLater(after: nil, code: "429")) == .recorded)
        #expect(bench.line.state == .degraded)
        bench.waitForSilence()
        #expect(bench.claim("b") == .claimed)
    }

    @Test("row 1: guards that only the host knows")
    func permits() {
        var bench = Bench()
        let soon = bench.now + .seconds(5)
        #expect(bench.claim(permit: .init(keysReady: false)) == .refused(.keysUnavailable))
        #expect(bench.claim(permit: .init(spoolFlushed: false)) == .refused(.spoolUnflushed))
        #expect(bench.claim(permit: .init(storeTrusted: false)) == .refused(.storeWentBack))
        #expect(bench.claim(permit: .init(breaker: .open(until: soon))) == .notYet(until: soon, .breaker))
        #expect(bench.claim(permit: .init(rateLimitedUntil: soon)) == .notYet(until: soon, .rateLimit))
        #expect(bench.line.openAttempt == nil)
        #expect(bench.claim(permit: .init(breaker: .probe)) == .claimed)
    }

    @Test("§9: after a new store session rotating lines wait, static ones and what is in flight go on")
    func newSession() {
        let pause = Bench().now + .seconds(20)
        var rotating = Bench(.singleUse)
        #expect(rotating.claim(permit: .init(pausedUntil: pause)) == .notYet(until: pause, .newSession))
        #expect(rotating.line.openAttempt == nil)
        rotating.advance(.seconds(20))
        #expect(rotating.claim(permit: .init(pausedUntil: pause)) == .claimed)
        var still = Bench(.static)
        #expect(still.claim(permit: .init(pausedUntil: pause)) == .claimed)
    }

    @Test("row 1: not before next_try_at, not before silence, not while disabled, not without something to present")
    func lineGuards() {
        var bench = Bench()
        bench.line.nextTryAt = bench.now + .seconds(3)
        #expect(bench.claim() == .notYet(until: bench.now + .seconds(3), .backOff))
        bench.line.nextTryAt = .distantPast
        bench.line.quietAt = bench.now + .seconds(4)
        #expect(bench.claim() == .notYet(until: bench.now + .seconds(4), .silence))
        bench.line.quietAt = bench.now
        _ = bench.perform(.setEnabled(false))
        #expect(bench.claim() == .refused(.disabled))
        _ = bench.perform(.setEnabled(true))
        bench.line.canPresent = false
        #expect(bench.claim() == .refused(.nothingToPresent))
        bench.line.canPresent = true
        bench.line.notBefore = bench.now + .seconds(2)
        #expect(bench.claim() == .notYet(until: bench.now + .seconds(2), .notBefore))
    }

    @Test("row 1: states in which nothing is presented")
    func states() {
        var bench = Bench()
        bench.line.state = .revoked
        #expect(bench.claim() == .refused(.revoked))
        bench.line.state = .verify
        #expect(bench.claim() == .refused(.verify))
        bench.line.state = .needsReauthorization(.refused)
        #expect(bench.claim() == .refused(.needsReauthorization))
        var empty = Bench.empty()
        #expect(empty.claim() == .refused(.pending))
    }

    @Test("row 1: an open attempt within its lease is in flight")
    func inFlight() {
        var bench = Bench()
        _ = bench.claim("a")
        let lease = bench.now + bench.timing.lease
        #expect(bench.claim("b", host: Bench.other) == .inFlight(AttemptID("a"), until: lease))
        _ = bench.send("a")
        #expect(bench.claim("b", host: Bench.other) == .inFlight(AttemptID("a"), until: lease))
    }

    @Test("row 2: an adoptable candidate is adopted instead of claiming, an INTENT gives way")
    func adoptsInstead() {
        var bench = Bench(.singleUse)
        bench.insertCandidate("child", fence: 1)
        #expect(bench.claim() == .adopted)
        #expect(bench.line.generation == 2)
        #expect(bench.line.openAttempt == nil)

        var held = Bench(.singleUse)
        _ = held.claim("a")
        held.insertCandidate("child", fence: 1)
        #expect(held.claim("b", host: Bench.other) == .adopted)
        #expect(held.attempt("a")?.state == .notSent)
        #expect(held.line.openAttempt == nil)
        #expect(held.send("a") == .notMine)
    }

    @Test("row 2: an open SENT attempt is not passed by")
    func sentIsNotPassed() {
        var bench = Bench(.singleUse)
        bench.present("a")
        bench.insertCandidate("child", fence: 1)
        #expect(bench.claim("b") == .inFlight(AttemptID("a"), until: bench.now + bench.timing.lease))
    }

    @Test("row 3: an INTENT whose lease expired is closed NOT_SENT, and its sleeping owner fails row 6")
    func expiredIntent() {
        var bench = Bench()
        _ = bench.claim("a")
        bench.advance(bench.timing.lease)
        #expect(bench.claim("b", host: Bench.other) == .claimed)
        #expect(bench.attempt("a")?.state == .notSent)
        #expect(bench.attempt("b")?.purpose == .normal)
        #expect(bench.send("a") == .notMine)
        #expect(bench.send("b") == .sent)
    }

    @Test("row 3: an expired INTENT of a replay or a confirmation is followed by the same purpose")
    func expiredIntentKeepsPurpose() {
        var replay = Bench(.singleUse)
        replay.present("a")
        _ = replay.ambiguous("a")
        replay.waitForSilence()
        _ = replay.claim("b")
        replay.advance(replay.timing.lease)
        #expect(replay.claim("c") == .claimed)
        #expect(replay.attempt("c")?.purpose == .replay)

        var confirm = Bench(.singleUse)
        confirm.present("a")
        _ = confirm.answer("a", .refused(code: "invalid_grant"))
        confirm.advance(confirm.timing.confirmDelay)
        _ = confirm.claim("b")
        confirm.advance(confirm.timing.lease)
        #expect(confirm.claim("c") == .claimed)
        #expect(confirm.attempt("c")?.purpose == .confirm)
    }

    @Test("row 4: an expired SENT becomes AMBIGUOUS, not clear, the line RECOVERING, its silence unchanged")
    func takeover() {
        var bench = Bench()
        bench.present("a")
        let quiet = bench.line.quietAt
        bench.advance(bench.timing.lease)
        #expect(bench.claim("b", host: Bench.other) == .notYet(until: bench.now, .takenOver))
        #expect(bench.attempt("a")?.state == .ambiguous)
        #expect(bench.attempt("a")?.holderClear == false)
        #expect(bench.line.state == .recovering)
        #expect(bench.line.openAttempt == nil)
        #expect(bench.line.quietAt == quiet)
        #expect(bench.line.firstSentAt != nil)
    }

    @Test("row 4: a SENT attempt without a lease counts as expired and is never forgotten")
    func takeoverWithoutLease() {
        var bench = Bench()
        bench.present("a")
        bench.line.leaseUntil = nil
        _ = bench.claim("b", host: Bench.other)
        #expect(bench.attempt("a")?.state == .ambiguous)
        #expect(bench.line.state == .recovering)
    }

    @Test("row 4: an attempt left behind by an adoption does not disturb its successor's state")
    func takeoverAfterAdoption() {
        var bench = Bench(.singleUse)
        bench.presentAndFallSilent("a")
        bench.present("b", host: Bench.other)
        #expect(bench.answer("a", .tokens(bench.content(2))) == .adopted)
        #expect(bench.line.openAttempt == AttemptID("b"))
        bench.advance(bench.timing.lease)
        _ = bench.claim("c")
        #expect(bench.attempt("b")?.state == .ambiguous)
        #expect(bench.line.state == .active)
    }

    @Test("row 5: a replay is an attempt of its own; what is unresolved stays as it is, disabled or not")
    func replay() {
        var bench = Bench(.singleUse)
        bench.presentAndFallSilent("a")
        _ = bench.perform(.setEnabled(false))
        bench.waitForSilence()
        #expect(bench.claim("b") == .claimed)
        #expect(bench.attempt("b")?.purpose == .replay)
        #expect(bench.attempt("a")?.state == .ambiguous)
        #expect(bench.line.state == .recovering)
        #expect(bench.send("b") == .sent)
    }
}
