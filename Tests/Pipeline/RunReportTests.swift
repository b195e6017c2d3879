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
}
