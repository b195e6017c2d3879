import ConnectorSDK
import Definitions
import Foundation
import Testing

@testable import DefinitionImport

/// Metadata is a stranger's text: it is refused with a reason, or stands in the file as what it is.
@Suite("Hostile metadata") struct HostileMetadataTests {
    private static let issuer = "https://id.acme.example/t"

    @Test(
        "SECURITY 6: a document that is not the issuer's, or cannot be used, writes nothing and says why",
        arguments: [
            ("", "no JSON object"), ("[]", "no JSON object"), ("<html>", "no JSON object"), ("{", "no JSON object"),
            (#"{"issuer": "https://id.acme.example/t"} x"#, "no JSON object"), ("{}", "`issuer` is missing"),
            (String(repeating: "[", count: 100), "no JSON object"),
            (#"{"issuer": ["https://id.acme.example/t"]}"#, "`issuer` is no text"),
            (#"{"issuer": "https://id.acme.example/t/"}"#, "same to the last character"),
            (#"{"issuer": "https://ID.acme.example/t"}"#, "same to the last character"),
            (#"{"issuer": "https://evil.example"}"#, "its issuer is `https://evil.example`"),
            (#"{"issuer": "\u001b[2J\nhttps://evil.example"}"#, "its issuer is `[2J https://evil.example`"),
            (document(#""token_endpoint": 1"#), "`token_endpoint` is no text"),
            (document(#""token_endpoint": "http://id.acme.example/token""#), "`token_endpoint` is `http://"),
            (document(#""token_endpoint": "https://127.0.0.1/token""#), "`token_endpoint` is `https://127.0.0.1"),
            (document(#""token_endpoint": "https://localhost/token""#), "`token_endpoint` is `https://localhost"),
            (document(#""token_endpoint": "https://2852039166/latest""#), "its host is no host name"),
            (document(#""token_endpoint": "https://u:p@id.acme.example/token""#), "must hold no user name"),
            (document(#""token_endpoint": "https://id.acme.example/#token""#), "a character that no URL may hold"),
            (document(#""token_endpoint": "https://{tenant}.acme.example/token""#), "it holds a placeholder"),
            (document(#""token_endpoint": "https://id.acme.example/{client_secret}""#), "it holds a placeholder"),
            (document(#""mtls_endpoint_aliases": []"#), "`mtls_endpoint_aliases` is no object"),
            (
                document(#""mtls_endpoint_aliases": {"token_endpoint": "https://127.0.0.1/token"}"#),
                "`token_endpoint` is `https://127.0.0.1"
            ),
            (document(#""token_endpoint": "https://id.acme.example/a\nhosts: ['*']""#), "a character that no URL"),
            (document(#""token_endpoint": "https://id.acme.example/../token""#), "its path holds a dot segment"),
            (document(#""jwks_uri": {"keys": []}"#), "`jwks_uri` is no text"),
            (document(#""scopes_supported": "read write""#), "`scopes_supported` is no list"),
            (document(#""scopes_supported": ["read", 1]"#), "`scopes_supported` holds something that is no text"),
            (document(#""grant_types_supported": {}"#), "`grant_types_supported` is no list"),
            (document(#""code_challenge_methods_supported": true"#), "`code_challenge_methods_supported` is no list"),
            (document(#""require_pushed_authorization_requests": "yes""#), "is neither true nor false"),
            (
                document(#""token_endpoint_auth_methods_supported": ["client_secret_jwt\n# x"]"#),
                "the provider takes client_secret_jwt # x; format 1 has client_secret_basic"
            ),
            (document(#""token_endpoint_auth_methods_supported": []"#), "the provider takes nothing"),
        ] as [(String, String)])
    func refused(body: String, reason: String) async throws {
        let folder = try TemporaryFolder()
        let result = await run(body, in: folder)
        #expect(result.exitCode == 1)
        #expect(result.output.contains(reason), "\(result.output)")
        #expect(!result.output.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control })
        #expect(folder.files.isEmpty)
    }

    @Test("what is missing in the metadata is asked for by its option") func incomplete() async throws {
        let folder = try TemporaryFolder()
        let result = await run(#"{"issuer": "\#(Self.issuer)"}"#, in: folder)
        #expect(result.exitCode == 2)
        #expect(result.output.contains("--authorization-endpoint") && result.output.contains("--token-endpoint"))
        #expect(result.output.hasSuffix("the metadata does not say\n"), "not again what was asked already")
        #expect(folder.files.isEmpty)
    }

    @Test("no word leaves its place in the file: scopes, methods, addresses")
    func injection() async throws {
        let words = [
            "a: b", "x\nhosts: ['*']", "{client_secret}", "#c", "- d", "'e", "\"f", "&g", "*h", "!i", "|", "?", "~",
            "on", "1", "%TAG", "a,b", "[a]", "\u{2028}client:", "\u{85}token:", "\u{FEFF}z", "é", "", "...", "---",
            "<<", "a:", "null", "lint-allow:", String(repeating: "x", count: 300),
        ]
        let list = JSONWriter.text(.array(words.map { .string($0) }))
        let members = [
            #""token_endpoint": "https://id.acme.example/o'a;b,c*d!e(f)%7Bg%7D?h=%0A&i=[j]""#,
            #""service_documentation": "https://id.acme.example/x\nhosts: ['*']""#,
            #""scopes_supported": \#(list)"#, #""code_challenge_methods_supported": \#(list)"#,
        ]
        let folder = try TemporaryFolder()
        let result = await run(Self.document(members.joined(separator: ",")), in: folder)
        #expect(result.exitCode == 0, "\(result.output)")
        let loaded = DefinitionLoader(connectors: ["oauth2"]).load(folder: folder.path)
        let definition = try #require(loaded.definitions["acme"]?.definition)
        let isScope = { (word: String) in
            !word.isEmpty && word.utf8.count <= 256 && word.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
                && !word.contains("\"")
        }
        #expect(Set(definition.scopes.available.keys) == Set(words.filter(isScope)))
        #expect(definition.scopes.available.count > 10)
        #expect(definition.token.endpoint.map(\.placeholders) == [[]])
        #expect(definition.documentation.isEmpty && definition.authorization?.pkce == false)
        #expect(definition.hosts == [.host("id.acme.example", port: nil)])
        #expect(
            result.output.contains("13 are no scopes")
                || definition.scopes.available.count == words.filter(isScope).count)
    }

    @Test("a list of any length becomes one that can be read") func long() async throws {
        let many = JSONWriter.text(.array((0..<5000).map { .string("scope\($0)") }))
        let folder = try TemporaryFolder()
        #expect(await run(Self.document(#""scopes_supported": \#(many)"#), in: folder).exitCode == 0)
        let text = try folder.text("acme.yaml")
        #expect(text.contains("  scope199: ") && !text.contains("  scope200: "))
        #expect(text.contains("4800 are no scopes, or too many to list"))
    }

    @Test(
        "a provider that does not answer is exit code 3, one that has nothing 1",
        arguments: [
            (FetchedDocument.none(reason: "no connection to the host", isUnreachable: true), 3, 1),
            (.none(reason: "the answer is too large", isUnreachable: false), 1, 3),
            (.answer(status: 404, body: []), 1, 3),
            (.answer(status: 302, body: []), 1, 3), (.answer(status: 503, body: []), 3, 3),
        ] as [(FetchedDocument, Int32, Int)])
    func unreachable(document: FetchedDocument, exitCode: Int32, asked: Int) async throws {
        let folder = try TemporaryFolder()
        let result = await NewRun(name: "acme", folder: folder.path, issuer: Self.issuer) { _ in document }.run()
        #expect(result.exitCode == exitCode)
        #expect(result.output.split(separator: "\n").count { $0.contains(".well-known") } == asked, "\(result.output)")
        #expect(folder.files.isEmpty)
    }

    @Test("a good document behind a page and a foreign one is found") func later() async throws {
        let folder = try TemporaryFolder()
        let result = await NewRun(name: "acme", folder: folder.path, issuer: Self.issuer) { url in
            if url.hasSuffix("/t/.well-known/openid-configuration") {
                return .answer(status: 200, body: Array(Self.document("").utf8))
            }
            return .answer(status: 200, body: Array("<html>not found</html>".utf8))
        }.run()
        #expect(result.exitCode == 0, "\(result.output)")
        #expect(try folder.text("acme.yaml").contains("/t/.well-known/openid-configuration"))
    }

    /// A document that is good but for these members.
    private static func document(_ members: String) -> String {
        let endpoints = [
            #""issuer": "\#(issuer)""#, #""authorization_endpoint": "https://id.acme.example/authorize""#,
            members.contains("token_endpoint\"") ? "" : #""token_endpoint": "https://id.acme.example/token""#, members,
        ]
        return "{" + endpoints.filter { !$0.isEmpty }.joined(separator: ",") + "}"
    }

    private func run(_ body: String, in folder: TemporaryFolder) async -> (output: String, exitCode: Int32) {
        await NewRun(name: "acme", folder: folder.path, issuer: Self.issuer) { url in
            .answer(status: url.contains("oauth-authorization-server") ? 200 : 404, body: Array(body.utf8))
        }.run()
    }
}
