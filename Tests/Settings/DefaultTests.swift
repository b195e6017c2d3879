import RefreshProtocol
import Testing

@testable import Definitions

@Suite struct DefaultTests {
    @Test("Lint judges windows by the deadlines that the protocol has (E1, E6)")
    func lintKnowsTheDeadlines() {
        let timing = Timing()
        #expect(LintRules.Default.soft == timing.soft)
        #expect(LintRules.Default.sendWindow == timing.sendWindow)
        #expect(LintRules.Default.hard == timing.hard)
        #expect(LintRules.Default.settle == timing.settle)
        #expect(LintRules.Default.lease == timing.lease)
        #expect(LintRules.Default.clockTolerance == timing.clockTolerance)
    }
}
