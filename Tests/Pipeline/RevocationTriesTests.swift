import Model
import Testing

@testable import Pipeline

/// When a revocation is tried again (decision 0029).
@Suite struct RevocationTriesTests {
    private let one = ConnectionID("one")

    @Test("each failure doubles the pause, up to some minutes; once certain, nothing is remembered")
    func failures() {
        var tries = RevocationTries(jitter: { 1 })
        let pauses = (0..<12).map { _ in tries.pause(after: .failed, of: one) }
        #expect(pauses.prefix(4) == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        #expect(pauses.suffix(3).allSatisfy { $0 == .seconds(512) })
        let other = tries.pause(after: .failed, of: ConnectionID("other"))
        #expect(other == .seconds(1))
        let done = tries.pause(after: .certain, of: one)
        let again = tries.pause(after: .failed, of: one)
        #expect(done == nil && again == .seconds(1))
    }

    @Test("what failed together comes back anywhere within its pause, no sooner than after a second")
    func jitter() {
        var (early, middle) = (RevocationTries(jitter: { 0 }), RevocationTries(jitter: { 0.5 }))
        let (first, half) = (
            (0..<4).map { _ in early.pause(after: .failed, of: one) },
            (0..<4).map { _ in middle.pause(after: .failed, of: one) }
        )
        #expect(first.allSatisfy { $0 == .seconds(1) })
        #expect(half == [.seconds(1), .seconds(1), .seconds(2), .seconds(4)])
    }

    @Test("SECURITY 38: without a place among the calls it comes again soon, and that is no failure")
    func noPlace() {
        var tries = RevocationTries(jitter: { 1 })
        let busy = (0..<20).map { _ in tries.pause(after: .notAsked, of: one) }
        #expect(busy.allSatisfy { $0 == .seconds(5) })
        let failed = tries.pause(after: .failed, of: one)
        let waits = tries.pause(after: .notAsked, of: one)
        let next = tries.pause(after: .failed, of: one)
        #expect([failed, waits, next] == [.seconds(1), .seconds(5), .seconds(2)])
    }

    @Test("of several tokens one that failed counts, then one that was not asked about")
    func several() {
        #expect(max(RevocationTry.certain, .notAsked) == .notAsked && max(.notAsked, .failed) == RevocationTry.failed)
        #expect(RevocationTry(PipelineError(.providerUnavailable, "The provider does not answer.")) == .failed)
        #expect(RevocationTry(PipelineError(.storeUnavailable, "The store is away.")) == .failed)
    }
}
