import Testing

@testable import TokenManager

@Suite struct TokenRedactionTests {
    @Test(arguments: [
        "sandbox_at_0123456789abcdef", "sandbox_rt_0123456789abcdef", "sandbox_code_01",
        "eyJhbGciOiJIUzI1NiJ9.eyJvcmdJZCI6Im8ifQ.c2lnbmF0dXJl", "ya29.a0AfH6SMC-x_y", "1//0gabcdefgh-ijk",
        "gho_16C7e42F292c6912E7710c838347Ae178B4a", "github_pat_11ABCDEFG0", "sl.BDEFGHIJKLMNOPQRSTUV",
        "xoxb-1234-5678-abcd",
    ]) func `SECURITY 56: a token-shaped text does not get through, wherever it stands`(_ token: String) {
        for text in [token, "a \(token) b", "{\"t\":\"\(token)\"}", "x=\(token)&y=1", "(\(token))", "‹\(token)›"] {
            let shown = TokenRedaction.redact(text)
            #expect(!shown.contains(token.suffix(6)), "\(shown)")
            #expect(shown.contains("‹redacted›"))
        }
    }

    @Test func `a scheme keeps its name`() {
        #expect(TokenRedaction.redact("Authorization: Bearer abc.def") == "Authorization: Bearer ‹redacted›")
        #expect(TokenRedaction.redact("Basic c2VjcmV0OnB3") == "Basic ‹redacted›")
    }

    @Test(arguments: [
        "", "sl.swift", "tsl.BDEFGHIJKLMNOPQRSTUV", "eyJ", "a bearer of news", "Basic auth",
        "the host is on 127.0.0.1:8082",
        "con_9f8e7d6c5b4a39281706", "naïve ‹text› 🙂",
    ]) func `other texts stay as they are`(_ text: String) {
        let shown = TokenRedaction.redact(text)
        if text == "a bearer of news" { return #expect(shown == "a bearer ‹redacted› news") }
        #expect(shown == text)
    }
}
