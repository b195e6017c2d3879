import ConnectorSDK
import Foundation
import Model
import Testing

@testable import RefreshProtocol

@Suite("Steps: what comes after an answer was committed") struct StepRowTests {
    private static let upgraded = AttemptID("upgraded")

    private func upgrade(_ bench: inout Bench, from parent: String = "exchange") -> LineOutcome {
        bench.perform(.upgraded(Self.upgraded, from: AttemptID(parent), content: bench.content(9)))
    }

    @Test("an upgrade is the next generation of the same grant, once") func applied() {
        var bench = Bench()
        let (grant, fence, quiet) = (bench.line.grant, bench.line.fence, bench.line.quietAt)
        #expect(upgrade(&bench) == .applied)
        #expect(bench.line.generation == 2 && bench.line.grant == grant && bench.line.fence == fence + 1)
        #expect(bench.line.current?.attempt == Self.upgraded && bench.line.state == .active)
        #expect(bench.line.quietAt == quiet)
        #expect(bench.signals == [.refreshed])
        #expect(upgrade(&bench) == .duplicate, "M17")
        #expect(bench.line.generation == 2)
    }

    @Test("an upgrade moves no pointer that has moved, or that a presentation may still move (I2, I4)") func stale() {
        var bench = Bench()
        #expect(upgrade(&bench, from: "another") == .notMine)
        bench.present("a")
        #expect(upgrade(&bench) == .notMine, "open")
        _ = bench.perform(.ambiguous(AttemptID("a"), reason: "cut"))
        #expect(upgrade(&bench) == .notMine, "unresolved")
        #expect(bench.line.generation == 1 && bench.line.versions.count == 1)
    }

    @Test("an upgrade of a revoked line is kept to be revoked") func revoked() {
        var bench = Bench()
        _ = bench.perform(.revoke)
        #expect(upgrade(&bench) == .candidate)
        #expect(bench.line.versions.first { $0.attempt == Self.upgraded }?.revocationPending == true)
        #expect(bench.line.state == .revoked)
    }

    @Test("row 1: no refresh beside an outstanding upgrade, until the access token is past") func held() {
        var bench = Bench()
        let until = bench.now + .seconds(5)
        let permit = Claim.Permit(upgradeAt: until)
        #expect(bench.claim(permit: permit) == .notYet(until: until, .upgrade))
        #expect(bench.claim(need: .force(generation: 1), permit: permit) == .notYet(until: until, .upgrade))
        bench.advance(.seconds(601))
        #expect(bench.claim(permit: permit) == .claimed, "there is nothing left to upgrade")
    }

    @Test("a lifetime is learned by the version that it was asked about, and by no other") func lifetime() {
        var bench = Bench()
        let end = bench.now + .seconds(100)
        let lifetime = Lifetime(expiresAt: end, dueAt: end - .seconds(50), notBefore: nil)
        #expect(bench.perform(.learned(AttemptID("another"), lifetime)) == .notMine)
        #expect(bench.perform(.learned(AttemptID("exchange"), lifetime)) == .applied)
        #expect(bench.line.expiresAt == end && bench.line.dueAt == end - .seconds(50))
        #expect(bench.line.current?.content.expiresAt == end)
        #expect(bench.line.generation == 1 && bench.signals.isEmpty)
    }
}
