import Testing

@testable import Provider

/// What `last_error`, events and metrics call it when no answer came.
@Suite struct ReasonTests {
    @Test("a reason has a code that programs can decide by, and each its own")
    func codes() {
        let codes = NotSentReason.allCases.map(\.code) + BrokenReason.allCases.map(\.code)
        #expect(Set(codes).count == codes.count)
        for code in codes { #expect(code.wholeMatch(of: /[a-z]+(_[a-z]+)*/) != nil, "\(code)") }
    }
}
