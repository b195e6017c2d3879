import ConnectorSDK
import Foundation
import Model
import RefreshProtocol
import StoreContract
import Testing

@testable import Pipeline

@Suite struct RunReportTests {
    @Test("a refusal of ours is counted as what it is, and not as a store that cannot be used")
    func outcomes() {
        var report = RunReport(result: .storeUnavailable)
        #expect(report.outcome == "store_unavailable")
        report.problem = PipelineError(.duplicateGrant, "It is held already.")
        #expect(report.outcome == "duplicate_grant")
        report.result = .notClaimed(.refused(.keysUnavailable))
        #expect(report.outcome == "duplicate_grant")
        report.problem = nil
        #expect(report.outcome == "not_claimed")
    }

    @Test("PROTOCOL.md §8: a newer generation is `refreshed` only for the caller whose own run has brought it")
    func whoseGeneration() {
        func outcome(
            _ result: Owner.Result, by attempt: String, recorded: Int64? = nil, joined: Bool = false
        ) -> RefreshAnswer.Outcome {
            var report = RunReport(result: result)
            (report.attempt, report.recordedGeneration) = (AttemptID("mine"), recorded)
            return TokenPipeline.RunEnd(report: report, joined: joined).outcome(of: Self.snapshot(broughtBy: attempt))
        }
        #expect(outcome(.committed(.advanced), by: "mine", recorded: 2) == .refreshed)
        #expect(outcome(.committed(.recorded), by: "mine") == .refreshed, "T3's acknowledgement was lost")
        #expect(outcome(.committed(.advanced), by: "upgrade", recorded: 2) == .refreshed)
        #expect(outcome(.committed(.adopted), by: "earlier") == .refreshed)
        #expect(outcome(.notClaimed(.adopted), by: "earlier") == .refreshed)
        #expect(outcome(.committed(.candidate), by: "exchange") == .current)
        #expect(outcome(.committed(.advanced), by: "exchange", recorded: 1) == .current)
        #expect(outcome(.notClaimed(.current), by: "other") == .current)
        #expect(outcome(.committed(.advanced), by: "mine", recorded: 2, joined: true) == .joined)
        let late = TokenPipeline.RunEnd(report: nil, joined: false)
        #expect(late.outcome(of: Self.snapshot(broughtBy: "other")) == .current)
    }

    private static func snapshot(broughtBy attempt: String) -> ConnectionSnapshot {
        let now = Timestamp(milliseconds: 1_000_000)
        let connection = ConnectionRecord(
            id: ConnectionID("c"), organization: OrganizationID("org-1"), connector: "acme", client: "default",
            name: "c", owner: .organization, createdAt: now, grantType: "authorization_code")
        var line = Line(
            id: LineID(connection: connection.id), organization: connection.organization, grant: GrantID("g"),
            rotation: .singleUse)
        line.generation = 2
        line.versions = [
            TokenVersion(
                generation: 2, parentGeneration: 1, grant: line.grant, attempt: AttemptID(attempt), fence: 2,
                content: TokenVersion.Content(sealed: Data(), fingerprint: nil, receivedAt: now, expiresAt: nil),
                status: .current)
        ]
        return ConnectionSnapshot(
            connection: connection, client: nil, line: line, tokens: nil, auditIdentifier: nil, enabled: true)
    }

    @Test("a run that brought the generation which a caller had seen already was no answer to him: he asks anew")
    func joinedTooLate() {
        var report = RunReport(result: .committed(.advanced))
        report.recordedGeneration = 3
        let needs: [Claim.Need] = [
            .force(generation: 3), .report(generation: 3), .generation(3),
            .validity(generation: 4, until: .distantPast),
        ]
        for need in needs { #expect(report.wasBefore(need), "\(need)") }
        #expect(!report.wasBefore(.force(generation: 2)) && !report.wasBefore(.scheduled))
        #expect(!RunReport(result: .committed(.recorded)).wasBefore(.force(generation: 3)), "it brought nothing")
    }

    @Test("PROTOCOL.md §8: the call of another host was joined, if it brought the current tokens; an exchange never is")
    func elsewhere() {
        func outcome(of awaited: Attempt?, broughtBy attempt: String = "theirs") -> RefreshAnswer.Outcome {
            TokenPipeline.RunEnd(report: Self.met(awaited), joined: false).outcome(
                of: Self.snapshot(broughtBy: attempt))
        }
        #expect(outcome(of: Self.attempt(.done)) == .joined)
        #expect(outcome(of: Self.attempt(.done, .replay)) == .joined)
        #expect(outcome(of: Self.attempt(.done, .exchange)) == .current)
        #expect(outcome(of: Self.attempt(.done), broughtBy: "exchange") == .current)
        #expect(outcome(of: nil) == .current)
    }

    @Test("another host's call that has ended leaves nothing open; one that brought what was seen already is no answer")
    func elsewhereEnded() {
        for state in [Attempt.State.done, .rejected, .notSent] { #expect(!Self.met(Self.attempt(state)).isOpen) }
        for state in [Attempt.State.intent, .sent, .ambiguous] { #expect(Self.met(Self.attempt(state)).isOpen) }
        #expect(Self.met(nil).isOpen)
        let brought = Self.met(Self.attempt(.done))
        #expect(brought.wasBefore(.force(generation: 2)) && !brought.wasBefore(.force(generation: 1)))
        #expect(!Self.met(Self.attempt(.rejected)).wasBefore(.force(generation: 1)), "its problem is the answer")
    }

    private static func met(_ awaited: Attempt?) -> RunReport {
        var report = RunReport(
            result: .notClaimed(.inFlight(AttemptID("theirs"), until: Timestamp(milliseconds: 2_000_000))))
        (report.attempt, report.awaited) = (AttemptID("mine"), awaited)
        return report
    }

    private static func attempt(_ state: Attempt.State, _ purpose: Attempt.Purpose = .normal) -> Attempt {
        Attempt(
            id: AttemptID("theirs"), grant: GrantID("g"), generationIn: 1, fence: 1, purpose: purpose,
            rotation: .singleUse, host: HostID("a"), boot: BootID("b"), state: state,
            claimedAt: Timestamp(milliseconds: 1_000_000))
    }
}
