import ConnectorSDK
import Definitions
import Foundation
import Testing

@Suite struct LoaderTests {
    @Test("the shipped definitions lint clean under strict")
    func shipped() throws {
        let (output, code) = Lint(connectors: shippedConnectors).run(
            paths: [shippedFolder], strict: true, format: .text)
        #expect(code == 0, "\(output)")
        #expect(output.hasSuffix(" definitions, 0 errors, 0 warnings\n"), "\(output)")
    }

    @Test("facts of the shipped definitions that a mistake would cost tokens")
    func shippedFacts() throws {
        let found = loader.load(folder: shippedFolder).definitions.mapValues(\.definition)
        #expect(found["google-workspace"]?.refresh.rotation == .static)
        #expect(found["google-service-account"]?.refresh.uses == .regrant)
        #expect(found["github"]?.refresh.rotation == .singleUse)
        #expect(
            found["github"]?.response.errors.contains {
                $0.match == .equals(.string("bad_refresh_token")) && $0.means == .reauthorize
            } == true)
        #expect(found["dropbox"]?.refresh.rotation == .static)
        #expect(found["sandbox"]?.refresh.rotation == .singleUseFamily)
        #expect(found["sandbox"]?.hosts == [.loopback("127.0.0.1")])
        for definition in found.values { #expect(!definition.documentation.isEmpty, "\(definition.id)") }
        for id in ["google-workspace", "github", "dropbox", "sandbox"] { #expect(found[id]?.examples.isEmpty == false) }
        #expect(found.count >= 120, "the catalog")
    }

    @Test("strange files are warned of; schema.json and README.md are known")
    func strayFiles() throws {
        let folder = try TemporaryFolder([
            "good.yaml": minimal("good"), "schema.json": "{}", "README.md": "#", "other.yml": "x", ".hidden": "",
            "notes.txt": "",
        ])
        let result = loader.load(folder: folder.path)
        #expect(result.definitions.keys.sorted() == ["good"])
        #expect(result.diagnostics.map(\.rule) == ["stray-file", "stray-file"])
        #expect(result.diagnostics.allSatisfy { $0.severity == .warning })
    }

    @Test("more than 2,000 definitions are refused at once")
    func tooMany() throws {
        let folder = try TemporaryFolder()
        for index in 0...DefinitionLoader.maximumFiles { try folder.write("", to: "f\(index).yaml") }
        let result = loader.load(folder: folder.path)
        #expect(result.diagnostics.map(\.rule) == ["too-many-files"])
        #expect(!result.isComplete)
    }

    @Test("found by fuzzing: a finding behind a last line without its end is placed at the end of the text")
    func unendedLine() throws {
        let text = "format: 0\nid: fuzz\nauthorization:\n  endpoint: hwhile scanning a simple.com/authorize\ntok"
        let found = try #require(try load("x", text).diagnostics.first)
        #expect(found.rule == "yaml-syntax" && (found.line, found.column) == (5, 4))
    }

    @Test("lines end as libyaml counts them", arguments: ["\n", "\r\n", "\r"])
    func lineEnds(end: String) throws {
        let found = try #require(try load("x", "a: 1\(end)b: 2\(end)c: \u{7}\(end)").diagnostics.first)
        #expect(found.rule == "yaml-character" && (found.line, found.column) == (3, 4))
    }

    @Test(
        "what ends a line for libyaml and for no editor is refused where it stands, or all places below would be wrong",
        arguments: ["\u{85}", "\u{2028}", "\u{2029}"])
    func strangeLineEnds(end: String) throws {
        for text in ["a: 1\nb: x\(end)y\nc: [\n", "a: 1\n# \(end)\nc: [\n", "a: 1\n'b\(end)': 1\nc: [\n"] {
            let found = try #require(try load("x", text).diagnostics.first)
            #expect(found.rule == "yaml-character" && found.line == 2, "\(found)")
            let place = try #require(
                text.split(separator: "\n")[1].unicodeScalars.map { String($0) }.firstIndex(of: end))
            #expect(found.column == place + 1, "\(found)")
        }
        let escaped = try load("x", minimal("x", more: #"categories: ["a\N\L\P"]"#))
        #expect(!escaped.diagnostics.contains { $0.rule.hasPrefix("yaml") }, "written as escapes they may stand")
    }

    @Test(
        "an unclosed quote is found where it begins, by either end",
        arguments: ["", "\n", "\n...\n", "\n\n---\na: 1\n"])
    func unclosedQuote(end: String) throws {
        for quote in ["'", "\""] {
            let found = try #require(try load("x", "a: 1\nb:\n  - \(quote)c d\n    e\(end)").diagnostics.first)
            #expect(found.rule == "yaml-syntax" && found.message == "this quote is not closed", "\(found)")
            #expect((found.line, found.column) == (3, 5) && found.hint == "close the quote", "\(found)")
        }
    }

    @Test(
        "what ends a list of endpoints decides whether an input may be left out",
        arguments: [
            ("[\"https://{r}.example.com/t\", \"https://t.example.com/t\"]", "", 0),
            ("[\"https://{r}.example.com/t\", \"https://{s}.example.com/t\"]", "", 0),
            ("[\"https://{r}.example.com/{s}\", \"https://{s}.example.com/t\"]", "", 1),
            ("\"https://{r}.example.com/t\"", ", default: x", 0), ("\"https://{r}.example.com/t\"", "", 1),
        ])
    func optionalEndpoint(_ endpoint: String, _ more: String, _ count: Int) throws {
        let inputs = ["r", "s"].map { "\($0): {format: dns_label, required: false\(more)}" }.joined(separator: ", ")
        let text = minimal("x", more: "inputs: {\(inputs)}\nintrospection: {endpoint: \(endpoint)}")
        #expect(try load("x", text).diagnostics.filter { $0.rule == "optional-endpoint" }.count == count)
    }

    @Test("what a file says reaches no terminal as a command, and no log at full length")
    func shown() throws {
        let key = "\\e[2Jred\\u202E" + String(repeating: "x", count: 200)
        let found = try #require(try load("x", minimal("x", more: "\"\(key)\": 1")).diagnostics.first)
        #expect(found.message.contains("\u{1B}[2Jred"))
        #expect(
            found.description.contains("\\u{001B}[2Jred\\u{202E}")
                || found.description.contains("\\u{1B}[2Jred\\u{202E}"))
        #expect(!found.description.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E })
        let long = try load("x", minimal("x", more: "refresh: {margin: \(String(repeating: "9", count: 100_000))}"))
        #expect(try #require(long.diagnostics.first).message.count < 600)
    }

    @Test("a huge file ends in a clear error")
    func huge() throws {
        let result = try load("huge", "a: 1\n" + String(repeating: "# filler\n", count: 1_200_000))
        #expect(result.diagnostics.map(\.rule) == ["yaml-size"])
    }

    @Test("positions of parts are kept for explain")
    func positions() throws {
        let loaded = try #require(try load("test", minimal("test")).definitions["test"])
        #expect(loaded.sources.value("token.endpoint")?.line == 5)
        #expect(loaded.sources.key("token.endpoint")?.column == 9)
        #expect(loaded.sources.value("token.parameters.x")?.line == 5)
        #expect(!loaded.sources.contains("refresh"))
    }

    @Test("a single file finds its parent beside it")
    func singleFile() throws {
        let folder = try TemporaryFolder([
            "parent.yaml": minimal("parent"), "child.yaml": "format: 1\nid: child\ntitle: C\nextends: parent\n",
        ])
        let result = loader.load(file: "\(folder.path)/child.yaml")
        #expect(Set(result.definitions.keys) == ["child"])
    }

    @Test("a missing folder says so")
    func missing() {
        let result = loader.load(folder: "/nowhere/at/all")
        #expect(result.diagnostics.map(\.rule) == ["folder"])
        #expect(!result.isComplete)
    }
}

@Suite struct LintTests {
    private let lint = Lint(connectors: ["oauth2"])

    @Test("text: file:line:column: severity: message [rule], then the hint")
    func text() throws {
        let folder = try TemporaryFolder(["bad.yaml": minimal("bad", more: "refesh: {}")])
        let (output, code) = lint.run(paths: ["\(folder.path)/bad.yaml"], strict: false, format: .text)
        #expect(code == 1)
        #expect(
            output == """
                \(folder.path)/bad.yaml:6:1: error: unknown key `refesh` [unknown-key]
                  hint: did you mean `refresh`?
                1 definition, 1 error, 0 warnings

                """)
    }

    @Test("json: a list of objects with the seven members")
    func json() throws {
        let folder = try TemporaryFolder(["bad.yaml": minimal("bad", more: "refresh: {margin: soon}")])
        let (output, code) = lint.run(paths: [folder.path], strict: false, format: .json)
        #expect(code == 1)
        let list = try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [[String: Any]])
        let first = try #require(list.first)
        #expect(list.count == 1)
        #expect(Set(first.keys) == ["file", "line", "column", "severity", "rule", "message", "hint"])
        #expect(first["line"] as? Int == 6)
        #expect(first["severity"] as? String == "error")
        #expect(first["rule"] as? String == "duration")
    }

    @Test("exit codes: warnings count only under strict; a path that is none is wrong usage")
    func exitCodes() throws {
        let folder = try TemporaryFolder([
            "test.yaml": minimal("test").replacing("/authorize\"}", with: "/authorize\", pkce: off}")
        ])
        #expect(lint.run(paths: [folder.path], strict: false, format: .text).exitCode == 0)
        #expect(lint.run(paths: [folder.path], strict: true, format: .text).exitCode == 1)
        #expect(lint.run(paths: ["/nowhere/at/all"], strict: false, format: .text).exitCode == 2)
        #expect(lint.run(paths: [], strict: false, format: .json).output == "[\n\n]\n")
    }
}
