import ConnectorSDK
import Model
import Testing

@testable import RefreshProtocol

@Suite("What time alone brings is told once per cause")
struct NoticeTests {
    @Test("a token that is past, with nothing to present, has expired: once for its generation")
    func expired() {
        var bench = Bench(.static)
        bench.take { $0.canPresent = false }
        #expect(bench.perform(.notice) == .current, "not before its time")
        bench.advance(.seconds(600))
        #expect(bench.perform(.notice) == .applied && bench.signals == [.expired])
        #expect(bench.perform(.notice) == .current && bench.signals.isEmpty)
        bench.take { $0.canPresent = false }
        bench.advance(.seconds(600))
        #expect(bench.perform(.notice) == .applied && bench.signals == [.expired], "another generation, another cause")
    }

    @Test("one that can be refreshed, or waits for a person, has not")
    func notExpired() {
        var bench = Bench(.static)
        bench.advance(.seconds(6000))
        #expect(bench.perform(.notice) == .current)
        bench.line.canPresent = false
        for state in [LineState.needsReauthorization(.refused), .revoked, .verify, .suspect, .recovering] {
            bench.line.state = state
            #expect(bench.perform(.notice) == .current, "\(state)")
        }
    }

    @Test("the end of a grant is told a quarter of its life before, at most a week, after the refresh that is due")
    func due() {
        var bench = Bench(.static)
        let day = Duration.seconds(86_400)
        for (end, before) in [(day * 90, day * 7), (day * 4, day)] {
            bench.take { $0.refreshExpiresAt = $0.receivedAt + end }
            #expect(bench.line.warnAt == bench.now + end - before)
        }
        bench.take { $0.refreshExpiresAt = $0.receivedAt + .seconds(320) }
        #expect(bench.line.warnAt == bench.now + .seconds(310), "due after 300")
        bench.advance(.seconds(309))
        #expect(bench.perform(.notice) == .current)
        bench.advance(.seconds(1))
        #expect(bench.perform(.notice) == .applied)
        #expect(bench.signals == [.reauthorizationDue(bench.now + .seconds(10))])
        #expect(bench.perform(.notice) == .current)
    }

    @Test("an end that an answer repeats or counts down is the same one; one that moves with time is another")
    func sameEnd() {
        var bench = Bench(.static)
        let end = bench.now + .seconds(4000)
        bench.take { $0.refreshExpiresAt = end }
        let first = bench.line.warnAt
        bench.advance(.seconds(100))
        bench.refresh { $0.refreshExpiresAt = end + .seconds(1) }
        #expect(first != nil && bench.line.warnAt == first)
        bench.advance(.seconds(2900))
        #expect(bench.perform(.notice) == .applied)
        bench.refresh { $0.refreshExpiresAt = end }
        #expect(bench.line.warnAt == nil, "it was told")
        bench.advance(.seconds(100))
        bench.refresh { $0.refreshExpiresAt = $0.receivedAt + .seconds(4000) }
        #expect(bench.line.warnAt == bench.now + .seconds(3000), "it moved: another cause")
        bench.refresh { $0.refreshExpiresAt = nil }
        #expect(bench.line.warnAt == nil)
    }

    @Test("a token that has ended is not warned of any more")
    func endedIsNotDue() {
        var bench = Bench(.static)
        bench.take { $0.refreshExpiresAt = $0.receivedAt + .seconds(800) }
        bench.advance(.seconds(900))
        #expect(bench.perform(.notice) == .applied && bench.signals == [.expired])
        #expect(bench.line.warnAt == nil)
    }

    @Test("a report ends a token of unknown lifetime that nothing can replace, and only that")
    func report() {
        var bench = Bench(.static)
        bench.take { ($0.canPresent, $0.expiresAt) = (false, nil) }
        #expect(bench.line.hasUnknownLifetime)
        #expect(bench.claim(need: .report(generation: 1)) == .current, "an older one")
        #expect(bench.claim(need: .report(generation: 2)) == .refused(.nothingToPresent))
        #expect(bench.signals == [.expired] && bench.line.isExpired(at: bench.now))
        #expect(bench.claim(need: .report(generation: 2)) == .refused(.nothingToPresent) && bench.signals.isEmpty)
        #expect(bench.perform(.notice) == .current, "it was told")
        let late = Lifetime(expiresAt: bench.now + .seconds(60), dueAt: nil, notBefore: nil)
        #expect(bench.perform(.learned(AttemptID("take 2"), late)) == .notMine, "a report is the later word")

        bench.take { ($0.canPresent, $0.expiresAt, $0.isEndless) = (false, nil, true) }
        #expect(!bench.line.hasUnknownLifetime)
        #expect(bench.claim(need: .report(generation: 3)) == .refused(.nothingToPresent))
        #expect(bench.signals == [.refreshFailed(code: "nothing_to_present")] && bench.line.expiresAt == nil)
        #expect(bench.claim(need: .report(generation: 3)) == .refused(.nothingToPresent) && bench.signals.isEmpty)
    }

    @Test("a report ends an unknown lifetime also where a refresh follows, whatever becomes of that; a known end stays")
    func reportBeforeARefresh() {
        var bench = Bench(.static)
        let known = bench.line.expiresAt
        #expect(bench.claim("a", need: .report(generation: 1)) == .claimed && bench.line.expiresAt == known)
        bench.take { $0.expiresAt = nil }
        #expect(bench.claim("b", need: .report(generation: 2)) == .claimed)
        #expect(bench.line.expiresAt == bench.now && !bench.line.hasUnknownLifetime)
        _ = bench.send("b")
        #expect(bench.answer("b", .retryLater(after: nil, code: "500")) == .recorded)
        #expect(bench.line.state == .degraded && bench.line.expiresAt == bench.now)
        #expect(bench.line.status(at: bench.now) == .degraded, "the next try may bring another")
        let late = Lifetime(expiresAt: bench.now + .seconds(60), dueAt: nil, notBefore: nil)
        #expect(bench.perform(.learned(AttemptID("take 2"), late)) == .notMine, "a report is the later word")
        bench.waitForSilence()
        let read = Claim.Need.validity(generation: 2, until: bench.now + .milliseconds(1))
        #expect(bench.claim("c", need: read) == .claimed, "a read asks again")
        _ = bench.send("c")
        var next = bench.content(3)
        next.expiresAt = nil
        #expect(bench.answer("c", .tokens(next)) == .advanced && bench.line.hasUnknownLifetime)
    }

    @Test("a report that nothing is presented for is taken all the same: held back, joined, or in VERIFY")
    func reportWithoutARefresh() {
        let unknown = { (content: inout TokenVersion.Content) in content.expiresAt = nil }
        var held = Bench(.static)
        held.take(unknown)
        let until = held.now + .seconds(60)
        let outcome = held.claim(need: .report(generation: 2), permit: .init(breaker: .open(until: until)))
        #expect(outcome == .notYet(until: until, .breaker) && held.line.expiresAt == held.now)

        var joined = Bench(.static)
        joined.take(unknown)
        #expect(joined.perform(.reported(1)) == .current && joined.line.hasUnknownLifetime, "an older one")
        #expect(joined.perform(.reported(2)) == .applied && joined.line.expiresAt == joined.now)
        #expect(joined.perform(.reported(2)) == .current)

        var restored = Bench(.singleUse)
        restored.take(unknown)
        restored.line.state = .verify
        #expect(restored.claim(need: .report(generation: 2)) == .refused(.verify))
        #expect(restored.line.expiresAt == restored.now && restored.signals.isEmpty)
    }

    @Test("section 8: a fourth report of an interval ends nothing, else a 401 per generation would loop through reads")
    func manyReports() {
        var bench = Bench(.static)
        bench.take { $0.expiresAt = nil }
        for number in 1...3 {
            #expect(bench.claim("r\(number)", need: .report(generation: bench.line.generation)) == .claimed)
            _ = bench.send("r\(number)")
            var next = bench.content(number + 2)
            next.expiresAt = nil
            _ = bench.answer("r\(number)", .tokens(next))
        }
        let until = bench.now + bench.timing.forceInterval
        #expect(bench.claim(need: .report(generation: 5)) == .notYet(until: until, .reportInterval))
        #expect(bench.line.hasUnknownLifetime)
        bench.now = until
        #expect(bench.claim("r5", need: .report(generation: 5)) == .claimed)
        #expect(bench.line.expiresAt == bench.now)
    }

    @Test("a grant is as old as its first answer here; another one is new")
    func grantedAt() {
        var bench = Bench(.static)
        let first = bench.now
        #expect(bench.line.grantedAt == first)
        bench.advance(.seconds(50))
        bench.refresh { _ in }
        #expect(bench.line.grantedAt == first)
        bench.take { _ in }
        #expect(bench.line.grantedAt == bench.now)
    }

    @Test("a client error counts as a failure until the next success")
    func clientError() {
        var bench = Bench(.static)
        bench.present("a")
        _ = bench.answer("a", .clientError(code: "invalid_client"))
        #expect(bench.line.failures == 1 && bench.line.state == .active)
        bench.refresh { _ in }
        #expect(bench.line.failures == 0)
    }
}

extension Bench {
    /// A new grant.
    fileprivate mutating func take(_ change: (inout TokenVersion.Content) -> Void) {
        let number = Int(line.generation) + 1
        var content = content(number)
        change(&content)
        _ = perform(.redeem(AttemptID("take \(number)"), grant: GrantID("grant \(number)"), content: content))
    }

    /// The next generation of the same grant.
    fileprivate mutating func refresh(_ change: (inout TokenVersion.Content) -> Void) {
        let number = Int(line.generation) + 1
        var content = content(number)
        change(&content)
        _ = claim("refresh \(number)", need: .generation(line.generation))
        _ = send("refresh \(number)")
        _ = answer("refresh \(number)", .tokens(content))
    }
}
