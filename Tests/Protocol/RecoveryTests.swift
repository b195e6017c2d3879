import ConnectorSDK
import Model
import Testing

@testable import RefreshProtocol

@Suite("Sections 5 and 6: which candidate, and when to replay")
struct RecoveryTests {
    @Test("section 5: same grant, of this generation, not revoked, not VERIFY")
    func adoptable() {
        var bench = Bench(.singleUse)
        bench.insertCandidate("other generation", fence: 5, parent: 7)
        #expect(bench.claim("a") == .claimed)
        bench.line.openAttempt = nil
        bench.insertCandidate("child", fence: 5)
        bench.line.state = .verify
        #expect(bench.claim() == .refused(.verify))
        bench.line.state = .revoked
        #expect(bench.claim() == .refused(.revoked))
        for state in [LineState.suspect, .needsReauthorization(.refused), .degraded, .recovering] {
            var each = bench
            each.line.state = state
            #expect(each.claim() == .adopted)
            #expect(each.line.state == .active)
        }
    }

    @Test("section 5: of several the highest fence, whatever arrived last (M7)")
    func highestFence() {
        var bench = Bench(.singleUse)
        bench.insertCandidate("second", fence: 8, number: 81)
        bench.insertCandidate("first", fence: 7, number: 80)
        #expect(bench.claim() == .adopted)
        #expect(bench.line.current?.content.fingerprint == bench.content(81).fingerprint)
        #expect(bench.line.versions.filter { $0.status == .candidate }.map(\.fence) == [7])
    }

    @Test("section 5: overlap: not while a later presentation is open or unresolved; replay instead (M8)")
    func overtaken() {
        var bench = Bench(.overlap(.untilUsed))
        bench.presentAndFallSilent("a")
        bench.waitForSilence()
        bench.present("b", host: Bench.other)
        #expect(bench.answer("a", .tokens(bench.content(2))) == .candidate)
        #expect(bench.ambiguous("b") == .recorded)
        bench.waitForSilence()
        #expect(bench.claim("c") == .claimed)
        #expect(bench.attempt("c")?.purpose == .replay)
    }

    @Test("section 5: overlap: when the window no longer fits, the candidate is adopted")
    func overtakenOutsideWindow() {
        var bench = Bench(.overlap(.window(.seconds(400), afterWindow: .revoke)))
        bench.presentAndFallSilent("a")
        bench.waitForSilence()
        bench.present("b", host: Bench.other)
        _ = bench.answer("a", .tokens(bench.content(2)))
        _ = bench.ambiguous("b")
        bench.now = Bench().now + .seconds(396 - 65 + 1)
        #expect(bench.claim("c") == .adopted)
    }

    @Test(
        "section 6: nobody is asked in static, until_used and single_use",
        arguments: [RotationClass.static, .overlap(.untilUsed), .singleUse])
    func freeReplay(rotation: RotationClass) {
        var bench = Bench(rotation)
        bench.presentAndFallSilent("a")
        bench.waitForSilence()
        #expect(bench.claim("b") == .claimed)
    }

    @Test("section 6: again and again, with back-off between 1 s and 15 min (M30)")
    func replayedAgain() {
        var bench = Bench(.singleUse)
        bench.present("r0")
        _ = bench.ambiguous("r0")
        for number in 1...14 {
            let wait = bench.line.nextTryAt - bench.now
            #expect(wait >= .seconds(1) && wait <= .seconds(900))
            bench.waitForSilence()
            #expect(bench.claim("r\(number)") == .claimed)
            _ = bench.send("r\(number)")
            _ = bench.ambiguous("r\(number)")
        }
        #expect(bench.line.unresolved.count == 15)
    }

    @Test("E6: a window is used while B + H + settle fit into 0.99 W, then by after_window (M33)")
    func window() {
        let window = Duration.seconds(600)
        for after in RotationClass.AfterWindow.allCases {
            var bench = Bench(.overlap(.window(window, afterWindow: after)))
            let first = bench.now
            bench.present("a")
            _ = bench.ambiguous("a")
            bench.line.expiresAt = first + .seconds(3600)
            bench.now = first + .seconds(594 - 65)
            var late = bench
            #expect(bench.claim("b") == .claimed)
            late.advance(.milliseconds(1))
            if after == .refuse {
                #expect(late.claim("b") == .claimed)
            } else {
                #expect(late.claim("b") == .notYet(until: first + .seconds(3600 - 65), .holder))
            }
        }
    }

    @Test("section 6: a family waits for its access token's end and for every holder's word (M27)")
    func family() {
        var bench = Bench()
        bench.presentAndFallSilent("a")
        bench.waitForSilence()
        bench.beat()
        guard case .notYet(_, .holder) = bench.claim() else { Issue.record("asked nobody"); return }
        var clear = bench
        _ = clear.ambiguous("a")
        clear.waitForSilence()
        guard case .notYet(let until, .holder) = clear.claim() else { Issue.record("access token alive"); return }
        #expect(until == clear.line.expiresAt.map { $0 - clear.timing.ownership })
        clear.now = until
        #expect(clear.claim("b") == .claimed)

        var expired = bench
        expired.now = until
        expired.beat()
        guard case .notYet(_, .holder) = expired.claim() else { Issue.record("the holder was not asked"); return }
        expired.hosts[Bench.host] = nil
        guard case .notYet(_, .holder) = expired.claim() else { Issue.record("an unknown host spoke"); return }
    }

    @Test("section 6: lost hosts and hosts silent for G have spoken")
    func familyWithoutHolder() {
        var bench = Bench()
        bench.presentAndFallSilent("a")
        bench.advance(.seconds(600))
        bench.beat()
        var lost = bench
        lost.hosts[Bench.host]?.lost = true
        #expect(lost.claim("b") == .claimed)
        bench.advance(bench.timing.ownerGrace - .milliseconds(1))
        guard case .notYet = bench.claim() else { Issue.record("G had not run out"); return }
        bench.advance(.milliseconds(1))
        #expect(bench.claim("b") == .claimed)
    }

    @Test("section 6: silence counts only while somebody is heard: who comes back first does not bury the others (F14)")
    func silenceOfTheStore() {
        var bench = Bench()
        bench.presentAndFallSilent("a")
        let beats = bench.hosts
        func heard(since: Timestamp = .distantPast, own: Timestamp? = nil) -> [HostID: RefreshProtocol.HostFact] {
            var facts = beats
            if let own { facts[Bench.other] = .init(heartbeatAt: own) }
            return RefreshProtocol.HostFact.heard(facts, since: since, now: bench.now, timing: bench.timing)
        }
        bench.advance(.seconds(600) + bench.timing.ownerGrace)
        let back = bench.now
        // Its own heartbeat is still to come: nobody was heard for as long as the other.
        bench.hosts = heard()
        guard case .notYet(_, .holder) = bench.claim(host: Bench.other) else { Issue.record("claimed"); return }
        bench.hosts = heard(since: back, own: back)
        guard case .notYet(_, .holder) = bench.claim(host: Bench.other) else { Issue.record("claimed"); return }
        bench.advance(bench.timing.ownerGrace - .milliseconds(1))
        bench.hosts = heard(since: back, own: bench.now)
        guard case .notYet(_, .holder) = bench.claim(host: Bench.other) else { Issue.record("claimed"); return }
        bench.advance(.milliseconds(1))
        bench.hosts = heard(since: back, own: bench.now)
        #expect(bench.claim(host: Bench.other) == .claimed)
    }

    @Test("section 6: a host that lives and still holds an answer of an earlier boot has not fallen silent")
    func unsettledBoot() {
        var bench = Bench()
        bench.presentAndFallSilent("a")
        bench.advance(.seconds(600) + bench.timing.ownerGrace)
        bench.beat()
        bench.hosts[Bench.host]?.boot = BootID("boot-2")
        var settled = bench
        #expect(settled.claim(host: Bench.other) == .claimed, "its silence counts from its last call")
        bench.hosts[Bench.host]?.boot = nil
        guard case .notYet(_, .holder) = bench.claim(host: Bench.other) else { Issue.record("claimed"); return }
    }

    @Test(
        "section 9: what a host has presented since keeps a line in VERIFY overtaken, once, and stands in no replay's way"
    )
    func recalledPresentation() {
        var bench = Bench()
        func presented(_ fence: Int64) -> Presented {
            Presented(
                attempt: AttemptID("journal-\(fence)"), grant: GrantID(""), generationIn: 0, fence: fence,
                host: Bench.other, boot: Bench.boot)
        }
        #expect(bench.perform(.recallPresentation(presented(9))) == .current, "no line that waits")
        _ = bench.perform(.storeWentBack(epoch: 2))
        #expect(bench.perform(.recallPresentation(presented(bench.line.current?.fence ?? 0))) == .current)
        for outcome in [LineOutcome.applied, .current] {
            #expect(bench.perform(.recallPresentation(presented(9))) == outcome)
        }
        #expect(bench.attempt("journal-9")?.state == .ambiguous && bench.line.unresolved.isEmpty)
        #expect(bench.perform(.assumeCurrent) == .applied)
        bench.waitForSilence()
        #expect(bench.claim("b") == .claimed)
        #expect(bench.attempt("b")?.purpose == .normal)
    }

    @Test("section 6: a report of this generation stands for the access token's end")
    func familyReported() {
        var bench = Bench()
        bench.present("a")
        _ = bench.ambiguous("a")
        bench.waitForSilence()
        guard case .notYet(let hint, .holder) = bench.claim() else { Issue.record("claimed"); return }
        #expect(hint > bench.now + .seconds(60))
        #expect(bench.claim("b", need: .report(generation: 1)) == .claimed)
        #expect(bench.attempt("b")?.purpose == .replay)
    }

    @Test("section 6: an import holds no access token, so its family need not wait for one")
    func familyImport() {
        var bench = Bench.empty()
        _ = bench.perform(.importGrant(bench.request("a"), grant: GrantID("g"), content: bench.content(1)))
        _ = bench.send("a")
        _ = bench.ambiguous("a")
        bench.waitForSilence()
        #expect(bench.claim("b") == .claimed)
        #expect(bench.attempt("b")?.purpose == .replay)
    }

    @Test("section 7: the stricter of the line's class and the attempt's governs")
    func stricterGoverns() {
        var bench = Bench(.singleUse)
        bench.presentAndFallSilent("a")
        bench.line.rotation = .singleUseFamily
        bench.waitForSilence()
        guard case .notYet(_, .holder) = bench.claim() else { Issue.record("the line's class was not asked"); return }
        var other = Bench(.singleUseFamily)
        other.presentAndFallSilent("a")
        other.line.rotation = .singleUse
        other.waitForSilence()
        guard case .notYet(_, .holder) = other.claim() else {
            Issue.record("the attempt's class was not asked"); return
        }
    }

    @Test("section 7: a candidate claimed under overlap is weighed as one")
    func overlapByAttempt() {
        var bench = Bench(.overlap(.untilUsed))
        bench.presentAndFallSilent("a")
        bench.waitForSilence()
        bench.present("b", host: Bench.other)
        bench.line.rotation = .singleUse
        #expect(bench.answer("a", .tokens(bench.content(2))) == .candidate)
    }
}
