import ConnectorSDK
import Definitions
import Foundation
import Synchronization
import Testing

@testable import DefinitionImport

/// `connector new` without a provider: options, questions, files.
@Suite("connector new") struct NewTests {
    private static var acme: ConnectorAnswers {
        var answers = ConnectorAnswers()
        answers.authorizationEndpoint = "https://{shop}.acme.example/authorize"
        answers.tokenEndpoint = "https://{shop}.acme.example/token"
        return answers
    }

    @Test("writes a definition that lints clean; a placeholder is an input of the format its place asks for")
    func whole() async throws {
        let folder = try TemporaryFolder()
        var options = Self.acme
        options.title = "Acme: \"Files\" # {x}"
        options.documentation = "https://a.acme.example/oauth\nhttps://b.acme.example/tokens#refresh"
        options.authentication = "client_secret_basic"
        options.scopes = "read write"
        options.rotation = "overlap"
        options.overlap = "10m"
        options.pkce = "off"
        options.pkceReason = "a challenge is answered with\ninvalid_request"
        options.revocationEndpoint = "https://{shop}.acme.example/revoke"
        let result = await run(options, in: folder)
        #expect(result.exitCode == 0, "\(result.output)")
        let loaded = DefinitionLoader(connectors: ["oauth2"]).load(folder: folder.path)
        #expect(loaded.diagnostics.allSatisfy { $0.severity == .note }, "\(loaded.diagnostics)")
        let definition = try #require(loaded.definitions["acme"]?.definition)
        #expect(definition.title == options.title)
        #expect(definition.documentation.count == 2 && definition.scopes.defaults == ["read", "write"])
        #expect(definition.inputs.map(\.name) == ["shop"] && definition.inputs[0].format == .dnsLabel)
        #expect(definition.hosts == [.suffix(".acme.example")])
        #expect(definition.refresh.rotation.name == "overlap")
        #expect(folder.files == ["acme.yaml"], "no draft stays behind")
    }

    @Test(
        "what decides a whole host may lead only to hosts that the organization names",
        arguments: [
            ("https://{place}", Input.Format.hostname), ("{place}", .baseURL), ("https://{place}:8443", .hostname),
        ])
    func wholeHosts(base: String, format: Input.Format) async throws {
        let folder = try TemporaryFolder()
        var options = ConnectorAnswers()
        options.authorizationEndpoint = base + "/authorize"
        options.tokenEndpoint = base + "/token"
        let result = await run(options, in: folder)
        #expect(result.exitCode == 0, "\(result.output)")
        let loaded = DefinitionLoader(connectors: ["oauth2"]).load(folder: folder.path)
        let definition = try #require(loaded.definitions["acme"]?.definition)
        #expect(definition.inputs.map(\.format) == [format] && definition.hosts == [.organization])
    }

    @Test("without somebody to ask, what is missing is named by its option and nothing is written")
    func missing() async throws {
        let folder = try TemporaryFolder()
        let nothing = await run(ConnectorAnswers(), in: folder)
        #expect(nothing.exitCode == 2)
        #expect(nothing.output.contains("--authorization-endpoint") && nothing.output.contains("--token-endpoint"))
        #expect(nothing.output.contains("--discover ISSUER"))
        var options = Self.acme
        options.pkce = "off"
        #expect(await run(options, in: folder).output.contains("--pkce-reason"))
        options.pkce = "plain"
        let wrong = await run(options, in: folder)
        #expect(wrong.exitCode == 2 && wrong.output == "--pkce is one of S256, off\n")
        options.pkce = nil
        options.rotation = "overlap"
        #expect(await run(options, in: folder).output.contains("--overlap"))
        var service = ConnectorAnswers()
        service.grants = "client_credentials"
        let answer = await run(service, in: folder)
        #expect(answer.exitCode == 2 && !answer.output.contains("--authorization-endpoint"))
        #expect(folder.files.isEmpty)
    }

    @Test("a grant that needs nobody is redeemed again: no word of how refresh tokens rotate") func machines()
        async throws
    {
        let folder = try TemporaryFolder()
        var options = ConnectorAnswers()
        options.grants = "client_credentials"
        options.tokenEndpoint = "https://acme.example/token"
        #expect(await run(options, in: folder).exitCode == 0)
        #expect(try !folder.text("acme.yaml").contains("rotat"))
        let loaded = DefinitionLoader(connectors: ["oauth2"]).load(folder: folder.path)
        #expect(loaded.definitions["acme"]?.definition.refresh.rotation == .static)
    }

    @Test(
        "a page is one URL: a blank neither parts it nor belongs to one",
        arguments: [
            "https://a.acme.example https://b.acme.example", "https://a.acme.example/o auth", "acme.example",
            "https://",
            "", "https://a.acme.example\nb",
        ])
    func pages(answer: String) async throws {
        let folder = try TemporaryFolder()
        var options = Self.acme
        options.documentation = answer
        let result = await run(options, in: folder)
        let wrong = answer.split(separator: "\n").last ?? ""
        let words = "--documentation is the URL of a page, and `\(wrong)` is none: write https://…"
        #expect(result.exitCode == 2 && result.output.hasPrefix(words), "\(result.output)")
        #expect(folder.files.isEmpty)
    }

    @Test("what would not lint is not written, and the linter's words say why") func findings() async throws {
        let folder = try TemporaryFolder()
        var options = Self.acme
        options.tokenEndpoint = "http://tokens.acme.example/token"
        let result = await run(options, in: folder)
        #expect(result.exitCode == 1)
        #expect(result.output.contains("\(folder.path)/acme.yaml:") && result.output.contains("[https-only]"))
        options.tokenEndpoint = "https://{shop}.acme.example/token"
        options.rotation = "overlap"
        options.overlap = "60s"
        #expect(await run(options, in: folder).output.contains("[short-window]"), "a warning counts")
        #expect(folder.files.isEmpty)
    }

    @Test("a file that is there is kept, whoever wrote it and whenever") func kept() async throws {
        let folder = try TemporaryFolder()
        try Data("mine".utf8).write(to: URL(filePath: "\(folder.path)/acme.yaml"))
        #expect(await run(Self.acme, in: folder).exitCode == 1)
        #expect(try folder.text("acme.yaml") == "mine")
        // Between the first look and the writing.
        let late = try TemporaryFolder()
        let result = await NewRun(
            name: "acme", folder: late.path, issuer: DiscoveryTests.issuer,
            fetch: { _ in
                try? Data("mine".utf8).write(to: URL(filePath: "\(late.path)/acme.yaml"))
                let issuer = ["issuer": JSONValue.string(DiscoveryTests.issuer)]
                return .answer(status: 200, body: MetadataText.of(DiscoveryTests.minimum.merging(issuer) { $1 }))
            }
        ).run()
        #expect(result.exitCode == 1 && result.output.contains("is there already"))
        #expect(try late.text("acme.yaml") == "mine")
        #expect(late.files == ["acme.yaml"])
    }

    @Test(
        "a name that cannot be an id",
        arguments: ["", "Acme", "a/b", "../x", "a_b", "é", String(repeating: "a", count: 65)])
    func names(name: String) async throws {
        let folder = try TemporaryFolder()
        let result = await NewRun(name: name, folder: folder.path, options: Self.acme, fetch: Self.nobody).run()
        #expect(result.exitCode == 2)
        #expect(folder.files.isEmpty)
    }

    @Test("a terminal is asked for what is missing, again where the answer cannot be one") func questions() async throws
    {
        let replies = [
            "--title": ["Acme"], "--documentation": ["a b", "https://acme.example/oauth"],
            "--authorization-endpoint": ["", "https://acme.example/authorize"],
            "--token-endpoint": ["https://acme.example/token"], "--client-authentication": ["basic", "none"],
            "--pkce": ["off"], "--pkce-reason": ["  ", "page 7"], "--rotation": ["static"],
        ]
        let left = Mutex(replies)
        let ask: @Sendable (String) -> String? = { prompt in
            let option = Question.all.first { prompt == $0.prompt }?.option ?? prompt
            return left.withLock { left in
                guard left[option]?.isEmpty == false else { return "" }
                return left[option]?.removeFirst()
            }
        }
        let folder = try TemporaryFolder()
        let result = await NewRun(name: "acme", folder: folder.path, ask: ask, fetch: Self.nobody).run()
        #expect(result.exitCode == 0, "\(result.output)")
        #expect(left.withLock { $0.values.allSatisfy(\.isEmpty) }, "each question was asked")
        let text = try folder.text("acme.yaml")
        for line in ["title: Acme", "authentication: none", "lint-allow: pkce-off page 7", "rotation: static"] {
            #expect(text.contains(line), "\(text)")
        }
    }

    @Test("where the input ends before a needed answer, its option is named") func ended() async throws {
        let folder = try TemporaryFolder()
        let result = await NewRun(name: "acme", folder: folder.path, ask: { _ in nil }, fetch: Self.nobody).run()
        #expect(result.exitCode == 2 && result.output.contains("--title"))
    }

    @Test(
        "any text is read back as it was",
        arguments: [
            "a\u{2028}b: c", "\u{85}", "\u{2029}x", "\u{FEFF}x", "\u{AD}", "\u{200D}", "\u{E000}", "\u{1F600}",
            "a\u{0}b",
            "\u{7F}", "\t", "\r\n", "'\n\"\\", "# x", "x #y", "- a", "? b", "{a}", "]", "é", "ключ", "0x1F", "1e3",
        ])
    func scalars(text: String) throws {
        let yaml = YAMLTreeWriter.text(of: [YAMLItem("key", .text(text)), YAMLItem(text, .texts([text, text]))])
        guard text != "a\u{0}b" else {
            #expect(yaml.contains("\\u0000"))
            return
        }
        let entries = try #require(try YAMLReader.read(Array(yaml.utf8), file: "x.yaml")?.entries)
        #expect(entries.map(\.key) == ["key", text])
        #expect(entries[0].value.text == text)
        #expect(entries[1].value.elements?.map(\.text) == [text, text])
    }

    private static let nobody: DocumentFetch = { url in
        Issue.record("asked for \(url)")
        return .answer(status: 404, body: [])
    }

    private func run(_ options: ConnectorAnswers, in folder: TemporaryFolder) async -> (output: String, exitCode: Int32)
    {
        await NewRun(name: "acme", folder: folder.path, options: options, fetch: Self.nobody).run()
    }
}
