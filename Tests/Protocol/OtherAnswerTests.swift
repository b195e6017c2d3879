import ConnectorSDK
import Model
import Testing

@testable import RefreshProtocol

@Suite("Rows 22 to 25: answers that are neither")
struct OtherAnswerTests {
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
        let told: [LineSignal] = mine ? [.refreshFailed(code: "invalid_client")] : []
        #expect(bench.signals == told + [.clientMisconfigured(code: "invalid_client")])
    }

    @Test("row 22: the first failure after a success is told, and no failure after it until the next success")
    func clientErrorToldOnce() {
        let others: [Answer] = [
            .clientError(code: "invalid_client"), .retryLater(after: nil, code: "503"), .busy(code: "in_progress"),
        ]
        for other in others {
            var bench = Bench(.static)
            bench.present("a")
            _ = bench.answer("a", .clientError(code: "invalid_client"))
            #expect(bench.signals.contains(.refreshFailed(code: "invalid_client")))
            bench.present("b")
            #expect(bench.answer("b", other) == .recorded)
            #expect(!bench.signals.contains { if case .refreshFailed = $0 { true } else { false } }, "\(other)")
            bench.waitForSilence()
            bench.present("c")
            #expect(bench.answer("c", .tokens(bench.content(2))) == .advanced)
            bench.waitForSilence()
            bench.line.dueAt = bench.now
            bench.present("d")
            _ = bench.answer("d", .clientError(code: "unauthorized_client"))
            #expect(bench.signals.contains(.refreshFailed(code: "unauthorized_client")), "after a success again")
        }
        var degraded = Bench(.static)
        degraded.present("a")
        _ = degraded.answer("a", .retryLater(after: nil, code: "503"))
        degraded.waitForSilence()
        degraded.present("b")
        _ = degraded.answer("b", .clientError(code: "invalid_client"))
        #expect(degraded.signals == [.clientMisconfigured(code: "invalid_client")], "told with the 503")
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

    @Test("row 25: static as row 23, so `Retry-After` too is that row's, at most a day")
    func unclearStaticWaits() {
        for (asked, waits) in [(120, 120), (1_000_000_000, 86400)] {
            var bench = Bench(.static)
            bench.present("a")
            _ = bench.answer("a", .unclear(after: .seconds(asked), code: "503"))
            #expect(bench.line.state == .degraded)
            #expect(bench.line.nextTryAt == bench.now + .seconds(waits))
        }
    }

    @Test("row 25: a replay waits as asked, within the longest back-off", arguments: RotationClass.rotating)
    func unclearRotatingWaits(rotation: RotationClass) {
        var bench = Bench(rotation)
        bench.present("a")
        var unasked = bench
        _ = unasked.answer("a", .unclear(code: "503"))
        _ = bench.answer("a", .unclear(after: .seconds(1_000_000), code: "503"))
        // A window that passes meanwhile makes the replay impossible.
        if case .overlap(.window) = rotation { return #expect(bench.line == unasked.line) }
        #expect(bench.line.nextTryAt == bench.now + bench.timing.longestBackOff)
        #expect(bench.line.state == .recovering && bench.line.quietAt == unasked.line.quietAt)
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
