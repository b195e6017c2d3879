import ConnectorSDK
import DefinitionImport
import Definitions
import Testing

/// Files in the layout as nobody should write them: each entry becomes a definition or a reason, and none hurts another.
@Suite("Hostile entries") struct HostileEntryTests {
    private static let good = "good:\n  auth_mode: OAUTH2_CC\n  token_url: https://a.example.com/t\n"

    @Test(
        "an entry that is none is reported beside a good one",
        arguments: [
            "bad:\n", "bad: text\n", "bad: 7\n", "bad: []\n", "bad: [1]\n", "bad: {}\n", "bad: ~\n", "bad:\n  - a: b\n",
            "bad:\n  auth_mode: [OAUTH2]\n", "bad:\n  auth_mode: {}\n  token_url: https://a.example.com/t\n",
            "bad:\n  auth_mode: OAUTH2\n  token_url: [https://a.example.com/t]\n  authorization_url: {}\n",
            "bad:\n  auth_mode: OAUTH2_CC\n  token_url: {OAUTH2_CC: 7}\n",
            "bad:\n  auth_mode: OAUTH2_CC\n  token_url: 'https://a.example.com/t\n",
            "bad:\n  auth_mode: OAUTH2_CC\n\ttoken_url: x\n", "bad:\n  alias: [good]\n", "bad:\n  alias: bad\n",
            "bad:\n  alias: nobody\n", "bad:\n  auth_mode: OAUTH2_CC\n  token_url: ''\n",
            "bad:\n  auth_mode: OAUTH2_CC\n  token_url: javascript:alert(1)\n",
            "bad:\n  auth_mode: OAUTH2_CC\n  token_url: https://u:p@a.example.com/t\n",
            "bad:\n  auth_mode: OAUTH2_CC\n  token_url: https://${connectionConfig.a\n",
            "bad:\n  auth_mode: OAUTH2_CC\n  token_url: https://a.example.com/t\n  token_url: https://b.example.com/t\n",
            "bad: &x\n  auth_mode: OAUTH2_CC\n  token_url: https://a.example.com/t\n", "bad: *good\n",
            "bad: !!binary aGk=\n",
            "'':\n  auth_mode: OAUTH2_CC\n  token_url: https://a.example.com/t\n",
            "good:\n  auth_mode: OAUTH2_CC\n  token_url: https://b.example.com/t\n",
            "GOOD:\n  auth_mode: OAUTH2_CC\n  token_url: https://b.example.com/t\n",
        ])
    func reported(entry: String) throws {
        let folder = try TemporaryFolder()
        let result = try imported(Self.good + entry, folder)
        #expect(result.exitCode == 1, "\(result.output)")
        #expect(folder.files.filter { $0.hasSuffix(".yaml") } == ["good.yaml"], "\(folder.files)")
        #expect(try folder.text("good.yaml").contains("https://a.example.com/t"))
        let lines = result.output.split(separator: "\n")
        #expect(
            lines.count >= 2 && lines.last == "1 written, 0 need a module, 0 not OAuth 2.0, 1 refused",
            "\(result.output)")
    }

    @Test(
        "odd parts of an entry are written safely or named, and never leave their place",
        arguments: [
            "display_name: \"x\\nhosts: ['*']\"", "display_name: [a]", "display_name: '{client_secret}'",
            "docs: [1, {a: b}, 'javascript:x']", "docs: {a: b}", "categories: {a: b}",
            "categories: ['a: b', \"c\\nd: e\"]",
            "default_scopes: read", "default_scopes: [1, true, ~, \"a\\nb\"]", "scope_separator: 7",
            "scope_separator: []",
            "token_params: [a]", "token_params: {grant_type: 7, \"a\\nb\": c}", "token_headers: text",
            "token_headers: {\"X\\r\\nY\": z}", "connection_config: [a]", "connection_config: {'': {type: string}}",
            "connection_config: {a: text, b: [1], c: {pattern: '('}, d: {pattern: '(a+)+$', type: string}}",
            "connection_config: {é: {type: string}, 'a b': {type: string}, client_secret: {type: string}}",
            "token_response_metadata: {a: b}", "token_response_metadata: ['..', '', 'a..b', 7]",
            "redirect_uri_metadata: [\"a\\nb\", {}]", "expires_in_unit: fortnights", "token_expiration_buffer: -1",
            "token_expiration_buffer: lots", "refresh_url: 7", "refresh_params: [x]",
            "require_client_certificate: maybe",
            "disable_pkce: 7", "body_format: protobuf", "token_request_auth_method: [basic]", "proxy: 7", "日本: 語",
            "authorization_params: {a: [1]}", "authorization_url_replacements: 7",
        ])
    func odd(key: String) throws {
        let folder = try TemporaryFolder()
        let text = "odd:\n  auth_mode: OAUTH2\n  authorization_url: https://a.example.com/a\n"
        let result = try imported("\(text)  token_url: https://a.example.com/t\n  \(key)\n", folder)
        #expect(result.output.hasSuffix(" refused\n"), "\(result.output)")
        let loaded = DefinitionLoader(connectors: ["oauth2"]).load(folder: folder.path)
        #expect(loaded.diagnostics.filter { $0.severity == .error && !$0.file.hasSuffix("entries.txt") }.isEmpty)
        for definition in loaded.definitions.values.map(\.definition) {
            #expect(definition.hosts == [.host("a.example.com", port: nil)])
        }
        #expect(loaded.definitions.count == (result.output.contains("1 written") ? 1 : 0), "\(result.output)")
    }

    @Test(
        "a value of the wrong kind is not dropped silently",
        arguments: [
            "display_name: [a]", "docs: {a: b}", "categories: [[a]]", "default_scopes: [a, {b: c}]",
            "token_params: [a]",
            "token_headers: text", "connection_config: [a]", "scope_separator: []", "authorization_params: 7",
        ])
    func kinds(key: String) throws {
        let entry = "odd:\n  auth_mode: OAUTH2\n  authorization_url: https://a.example.com/a\n"
        let all = try verdicts("\(entry)  token_url: https://a.example.com/t\n  \(key)\n")
        let name = key.prefix { $0 != ":" }
        #expect(try all["odd"]?.get().notes.contains { $0.contains("`\(name)` is not a") } == true)
    }

    @Test(
        "ten thousand entries, a chain of a thousand aliases and a long name come to an end",
        .timeLimit(.minutes(5)))
    func many() throws {
        var text = (0..<10_000).map { "p\($0):\n  auth_mode: OAUTH2_CC\n  token_url: https://a.example.com/t\n" }
            .joined()
        text += (0..<1000).map { "c\($0):\n  alias: c\($0 + 1)\n" }.joined() + "c1000:\n  alias: p1\n"
        text += String(repeating: "n", count: 100_000) + ":\n  alias: p1\n"
        let all = try verdicts(text)
        #expect(all.count == 11_002)
        #expect(throws: Never.self) { try all["p9999"]?.get() }
        #expect(throws: Never.self) { try all["c990"]?.get() }
        #expect(throws: Obstacle.self) { try all["c0"]?.get() }
    }

    @Test("a byte order mark and line ends of either kind change nothing") func marks() throws {
        let all = try verdicts("\u{FEFF}" + Self.good.replacing("\n", with: "\r\n"))
        #expect(throws: Never.self) { try all["good"]?.get() }
    }

    private func imported(_ text: String, _ folder: TemporaryFolder) throws -> (output: String, exitCode: Int32) {
        let file = try folder.write(text, to: "entries.txt")
        return ImportRun(file: file, folder: folder.path).run()
    }
}
