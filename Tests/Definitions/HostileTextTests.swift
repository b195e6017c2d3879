import ConnectorSDK
import Definitions
import Foundation
import Testing

/// Files of the full size made to be slow. Each took seconds to hours once. Tests do not time: those that stand under a
/// bound assert it, the others would not come to an end.
@Suite struct HostileTextTests {
    private static func filled(_ start: String, with line: (Int) -> String) -> String {
        var text = start
        var number = 0
        while text.utf8.count + 40 < YAMLReader.maximumSize {
            text += line(number)
            number += 1
        }
        return text
    }

    private static let slow: [(name: String, text: String, rule: String)] = [
        (
            "names that never end", minimal("x", host: "a.example.com/" + String(repeating: "{a", count: 50_000)),
            "invalid-url"
        ),
        (
            "nested empty repetitions",
            minimal("x", more: "inputs: {a: {pattern: '((((){9999}){9999}){9999}){9999}'}}"), "unused-input"
        ),
        (
            "a pattern on many values",
            filled(minimal("x", more: "inputs:\n  a:\n    pattern: '(a?){900}'\n    enum:\n")) { _ in "    - a\n" },
            "pattern"
        ),
        (
            "hosts of many values",
            filled(
                minimal("x", host: "{a}.{b}.example.com", more: "inputs:\n  b: {enum: [x, y, z]}\n  a:\n    enum:\n")
            ) { "    - a\($0)\n" }, "hosts-needed"
        ),
        (
            "lists of endpoints of many values",
            filled(many("b") + "token:\n  endpoint:\n") { "    - https://{b}.example\($0).com/\n" }, "hosts-needed"
        ),
        (
            "a key too long for paths",
            minimal("x", more: "inputs:\n  ? " + String(repeating: "k.", count: 50_000) + "\n  : {required: 1}"),
            "yaml-key"
        ),
        (
            "headers",
            filled(many("b") + "token:\n  endpoint: https://a.example.com\n  headers:\n") { "    h\($0): '{x}'\n" },
            "unknown-placeholder"
        ),
        ("unknown keys", filled(minimal("x") + "\n") { "k\($0): 1\n" }, "unknown-key"),
        ("braces", String(repeating: "{", count: 200_000), "yaml-key"),
        ("dashes", String(repeating: "- ", count: 100_000), "yaml-depth"),
        ("waivers", filled(minimal("x") + "\n") { _ in "# lint-allow: x y\n" }, "unused-waiver"),
    ]

    /// A definition's start, with an input of 500 values.
    private static func many(_ name: String) -> String {
        let values = (0..<500).map { "v\($0)" }.joined(separator: ", ")
        return """
            format: 1
            id: x
            title: Test
            authorization: {endpoint: "https://a.example.com/authorize"}
            inputs: {\(name): {enum: [\(values)]}}

            """
    }

    @Test("each ends, and says what is wrong once for each place, a hundred places at most", arguments: slow.indices)
    func ends(index: Int) throws {
        let (name, text, rule) = Self.slow[index]
        #expect(text.utf8.count <= YAMLReader.maximumSize)
        let found = try load("x", text).diagnostics
        #expect(found.contains { $0.rule == rule }, "\(name): \(found.prefix(2))")
        #expect(found.count <= 101)
        #expect(found.count < 100 || found.contains { ["too-many-findings", "unused-waiver"].contains($0.rule) })
    }

    @Test("a child of a large base: keys are found, not searched for")
    func largeBase() throws {
        let folder = try TemporaryFolder([
            "base.yaml": Self.filled(minimal("base", more: "inputs:\n")) { "  a\($0): {}\n" },
            "child.yaml": Self.filled("format: 1\nid: child\ntitle: C\nextends: base\ninputs:\n") { "  b\($0): {}\n" },
        ])
        let found = loader.load(folder: folder.path).definitions
        let own = try #require(found["child"]).definition.inputs.count
        #expect(own > 2 * (found["base"]?.definition.inputs.count ?? 0) - 2000)
    }

    @Test("an error behind a hundred warnings still keeps the file from being used")
    func lateError() throws {
        let waived = (0..<120).map { "  a\($0): {secret: true}\n" }.joined()
        #expect(try warnings(minimal("test", more: "inputs:\n\(waived)")).count == 101)
        #expect(try errors(minimal("test", more: "inputs:\n\(waived)  b: {required: 1}")) == ["wrong-type"])
    }
}
