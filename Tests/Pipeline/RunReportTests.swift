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
}
