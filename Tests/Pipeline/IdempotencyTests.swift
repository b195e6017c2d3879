import Testing

@testable import Pipeline

/// Bodies of one `Idempotency-Key`.
@Suite struct IdempotencyTests {
    @Test("members have no order: the same JSON is the same body; another value is not, and what is no JSON is itself")
    func canonical() {
        func text(_ body: String) -> [UInt8] { TokenPipeline.canonical(Array(body.utf8)) }
        #expect(text(#"{"a": {"c": 1, "b": [1, 2]}, "d": true}"#) == text(#"{"d":true,"a":{"b":[1,2],"c":1}}"#))
        #expect(text(#"{"a":[1,2]}"#) != text(#"{"a":[2,1]}"#))
        #expect(text("") == [] && text("{") == Array("{".utf8))
    }
}
