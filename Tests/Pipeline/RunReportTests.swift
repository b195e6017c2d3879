import Model
import RefreshProtocol
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
