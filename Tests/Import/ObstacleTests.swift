import DefinitionImport
import Definitions
import Testing

@Suite("Entries that do not become definitions") struct ObstacleTests {
    @Test(
        "each with its reason",
        arguments: [
            ("reef-social", "needs a module: a second access token"),
            ("slate-video", "needs a module: `state` is called"),
            ("tundra-maps", "not OAuth 2.0 (API_KEY)"),
        ])
    func own(name: String, reason: String) throws {
        let all = try ownVerdicts()
        try expect(all[name], reason)
        #expect(all.count == 20)
    }

    @Test(
        "by what an entry lacks or holds",
        arguments: [
            ("auth_mode: OAUTH2\n  authorization_url: https://a.example.com/", "no token URL"),
            ("auth_mode: OAUTH2\n  token_url: {APP: https://a.example.com/}", "no token URL"),
            ("token_url: https://a.example.com/token", "no `auth_mode`"),
            ("alias: lost", "`lost`, which is not there"), ("alias: bad", "form a circle"), ("- one", "no map of keys"),
            ("a: *b", "is not allowed"), ("auth_mode: OAUTH2\n  auth_mode: OAUTH2", "a second time"),
            ("auth_mode: OAUTH1\n  token_url: https://a.example.com/", "not OAuth 2.0 (OAUTH1)"),
            ("auth_mode: CUSTOM", "needs a module"), ("auth_mode: MCP_OAUTH2", "needs a module"),
            ("auth_mode: OAUTH2_CC\n  token_url: https://a.example.com/${base64(x)}", "needs a module: `${base64(x)}`"),
            ("auth_mode: OAUTH2_CC\n  token_url: https://a.example.com/${connectionConfig.x", "without its `}`"),
            (
                "auth_mode: OAUTH2_CC\n  token_url: https://a.example.com/\n  token_params: {scope: 'x/${connectionConfig.y}'}",
                "needs a module: the scope"
            ),
            ("auth_mode: OAUTH2_CC\n  token_url: https://a.example.com/\n  body_format: xml", "needs a module"),
            (
                "auth_mode: OAUTH2_CC\n  token_url: https://a.example.com/\n  token_request_auth_method: dance",
                "needs a module: the client authentication `dance`"
            ),
            (
                "auth_mode: OAUTH2_CC\n  token_url: https://a.example.com/\n  token_headers: {authorization: Token x}",
                "needs a module: an `Authorization` header"
            ),
        ])
    func reason(entry: String, reason: String) throws { try expect(verdicts("bad:\n  \(entry)\n")["bad"], reason) }

    @Test("a provider whose entry hides its dialect is known by name, aliases too") func byName() throws {
        let entry = "  auth_mode: OAUTH2\n  token_url: https://a.example.com/token\n"
        try expect(verdicts("agiloft:\n\(entry)")["agiloft"], "needs a module")
        try expect(verdicts("coros:\n\(entry)mine:\n  alias: coros\n")["mine"], "needs a module")
    }

    @Test("a bad entry takes no other down, and its line counts from the file's start") func isolation() throws {
        let text = "good:\n  auth_mode: OAUTH2_CC\n  token_url: https://a.example.com/t\n\nbad:\n  x: *y\n"
        let all = try verdicts(text)
        #expect(throws: Never.self) { try all["good"]?.get() }
        try expect(all["bad"], "entries.yaml:6:6")
    }

    @Test("two entries that would share a file are not both written") func sameID() throws {
        let entry = "  auth_mode: OAUTH2_CC\n  token_url: https://a.example.com/t\n"
        try expect(verdicts("a-b:\n\(entry)a_b:\n\(entry)")["a_b"], "`a-b` has the same id")
    }

    @Test(
        "a file that is no map of providers is refused as a whole", arguments: ["- a\n", "just words\n", "", "{a: *b}"])
    func layout(text: String) { #expect(throws: Diagnostic.self) { try verdicts(text) } }

    @Test("a file in braces is read too") func braces() throws {
        let all = try verdicts("{one: {auth_mode: OAUTH2_CC, token_url: 'https://a.example.com/t'}}")
        #expect(throws: Never.self) { try all["one"]?.get() }
    }

    @Test("a file larger than one definition may be is read entry by entry") func large() throws {
        let entry =
            "  auth_mode: OAUTH2_CC\n  token_url: https://a.example.com/t\n  unheard_of: \(String(repeating: "x", count: 2000))\n"
        let text = (0..<200).map { "p\($0):\n\(entry)" }.joined()
        let all = try verdicts(text)
        #expect(all.count == 200)
        #expect(try all["p199"]?.get().notes.contains { $0.contains("`unheard_of`") } == true)
    }

    private func expect(_ result: Result<ImportedDefinition, Obstacle>?, _ reason: String) throws {
        guard case .failure(let obstacle) = try #require(result) else {
            Issue.record("written instead of: \(reason)")
            return
        }
        #expect(obstacle.reason.contains(reason), "\(obstacle.reason)")
    }
}
