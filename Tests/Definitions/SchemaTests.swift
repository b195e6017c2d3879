import ConnectorSDK
import Definitions
import Foundation
import Testing

/// `connectors.d/schema.json` and `docs/format-1.md`: what the decoder's tables say, and no more.
@Suite struct SchemaTests {
    private static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".yaml") }.sorted()
    }

    private static let schema = try? JSONReader.read(Array(FormatSchema.text.utf8))

    private func problems(_ path: String) throws -> [String] {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        let tree = try #require(try YAMLReader.read(bytes, file: path))
        return try problems(JSONValue(editing: tree))
    }

    private func problems(_ value: JSONValue) throws -> [String] {
        SchemaValidator(schema: try #require(Self.schema)).problems(with: value)
    }

    @Test("connectors.d/schema.json is what `token-manager schema` prints")
    func schemaIsFresh() throws {
        let text = try String(contentsOf: repository.appending(path: "connectors.d/schema.json"), encoding: .utf8)
        #expect(text == FormatSchema.text, "stale: token-manager schema > connectors.d/schema.json")
    }

    @Test("docs/format-1.md is what `token-manager schema --reference` prints")
    func referenceIsFresh() throws {
        let text = try String(contentsOf: repository.appending(path: "docs/format-1.md"), encoding: .utf8)
        #expect(text == FormatReference.text, "stale: token-manager schema --reference > docs/format-1.md")
    }

    @Test("the schema accepts every shipped definition", arguments: names(in: shippedFolder))
    func accepts(name: String) throws {
        #expect(try problems("\(shippedFolder)/\(name)") == [])
    }

    @Test("the schema refuses every definition that the decoder refuses for its keys and words")
    func refuses() throws {
        let structural: Set = ["unknown-key", "missing-key", "unknown-value", "duration", "rate-limit", "pointer"]
        let found = loader.load(folder: wrongFolder).diagnostics.filter { structural.contains($0.rule) }
        #expect(found.count >= 15)
        for finding in found {
            #expect(try problems(finding.file) != [], "\(finding)")
        }
    }

    @Test("the schema accepts every wrong definition whose parts are of the right kind")
    func acceptsWarned() throws {
        let result = loader.load(folder: wrongFolder)
        #expect(result.definitions.count >= 15)
        for loaded in result.definitions.values { #expect(try problems(loaded.file) == [], "\(loaded.file)") }
    }

    @Test("with `extends` keys may be missing, and null removes; inside lists neither")
    func children() throws {
        func child(_ more: String) throws -> [String] {
            let text = "format: 1\nid: child\ntitle: Child\n" + more
            let tree = try #require(try YAMLReader.read(Array(text.utf8), file: "child.yaml"))
            return try problems(JSONValue(editing: tree))
        }
        #expect(try child("extends: parent\nrefresh: null\nauthorization: {parameters: {prompt: null}}\n") == [])
        #expect(try child("extends: parent\nrevocation: {method: DELETE}\n") == [])
        #expect(try child("categories: []\n") == [": no token"])
        #expect(try child("token: {method: GET}\n") == [".token: no endpoint"])
        #expect(try child("extends: parent\nexamples: [{name: one}]\n") != [])
    }

    @Test("the schema refuses an empty title, and a status that is none")
    func limits() throws {
        func problems(_ title: String, _ success: String, _ failure: String) throws -> [String] {
            let text =
                "format: 1\nid: a\ntitle: \(title)\ntoken: {endpoint: 'https://a.example.com/t'}\n"
                + "response: {success: {status: [\(success)]}, errors: [{status: \(failure), means: retry}]}\n"
            let tree = try #require(try YAMLReader.read(Array(text.utf8), file: "a.yaml"))
            return try self.problems(JSONValue(editing: tree))
        }
        for status in ["100", "599"] { #expect(try problems("A", status, status) == []) }
        for status in ["99", "600"] {
            #expect(try problems("A", status, "400").isEmpty == false)
            #expect(try problems("A", "200", status).isEmpty == false)
        }
        #expect(try problems("''", "200", "400") == [".title: too short"])
    }

    @Test("the reference names every key and every rule")
    func referenceIsWhole() throws {
        func paths(_ shape: ValueShape, _ prefix: String) -> [String] {
            switch shape {
            case .table(let keys): keys.flatMap { [prefix + $0.name] + paths($0.shape, "\(prefix)\($0.name).") }
            case .list(let inner), .oneOrList(let inner): paths(inner, prefix.dropLast() + "[].")
            case .map(let inner), .namedMap(_, let inner): paths(inner, prefix + "<name>.")
            default: []
            }
        }
        let text = FormatReference.text
        let nested = paths(Format1.description, "").filter { path in
            text.contains("| `\(path)` |") || text.contains("\n## \(path)\n")
        }
        #expect(nested.count == paths(Format1.description, "").count)
        #expect(nested.count > 130)
        for rule in RuleBook.rules.keys { #expect(text.contains("| `\(rule)` |")) }
    }
}
