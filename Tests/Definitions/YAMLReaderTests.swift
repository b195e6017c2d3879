import Definitions
import Testing

@Suite struct YAMLReaderTests {
    private func read(_ text: String) throws -> YAMLNode {
        try #require(try YAMLReader.read(Array(text.utf8), file: "test.yaml"))
    }

    private func rule(_ text: String) -> String? { rule(Array(text.utf8)) }

    private func rule(_ bytes: [UInt8]) -> String? {
        do {
            _ = try YAMLReader.read(bytes, file: "test.yaml")
            return nil
        } catch {
            return error.rule
        }
    }

    @Test("keys keep their order and everything its place")
    func positions() throws {
        let node = try read("b: 1\na:\n  - x\n  - {k: v}\n")
        let entries = try #require(node.entries)
        #expect(entries.map(\.key) == ["b", "a"])
        #expect(entries[1].keyPosition == SourcePosition(file: "test.yaml", line: 2, column: 1))
        let map = try #require(entries[1].value.elements?.last)
        #expect(map.position == SourcePosition(file: "test.yaml", line: 4, column: 5))
        #expect(map["k"]?.position.column == 9)
    }

    @Test("columns count characters, not bytes")
    func columns() throws {
        #expect(try read("{ä: ö, x: y}")["x"]?.position.column == 11)
    }

    @Test(
        "YAML 1.2: only true and false are booleans",
        arguments: ["yes", "no", "on", "off", "True", "TRUE", "y", "'true'"])
    func noBoolean(text: String) throws {
        let value = try #require(try read("k: \(text)")["k"])
        #expect(value.bool == nil)
        #expect(value.text == text.filter { $0 != "'" })
    }

    @Test func booleans() throws {
        #expect(try read("k: true")["k"]?.bool == true)
        #expect(try read("k: false")["k"]?.bool == false)
    }

    @Test("null is null, ~ and nothing; quoted it is a text")
    func null() throws {
        for text in ["null", "~", ""] { #expect(try read("k: \(text)")["k"]?.isNull == true, "\(text)") }
        #expect(try read("k: 'null'")["k"]?.text == "null")
        #expect(try read("k: ''")["k"]?.text == "")
    }

    @Test("numbers are JSON's; their digits stay as written")
    func numbers() throws {
        for text in ["0", "-1", "1.50", "1e3"] { #expect(try read("k: \(text)")["k"]?.number == text) }
        for text in ["007", "+1", ".5", "0x1F", "1_000", "1.", "-"] {
            #expect(try read("k: '\(text)'")["k"]?.number == nil)
        }
        for text in ["007", "+1", ".5", "0x1F", "1_000", "1."] { #expect(try read("k: \(text)")["k"]?.number == nil) }
    }

    @Test("SECURITY 44: aliases, anchors, tags, directives, second documents and duplicate keys are refused")
    func refused() {
        #expect(rule("a: &x 1") == "yaml-anchor")
        #expect(rule("a: &x [1]") == "yaml-anchor")
        #expect(rule("a: *x") == "yaml-alias")
        #expect(rule("*x : 1") == "yaml-alias")
        #expect(rule("a: !!str 1") == "yaml-tag")
        #expect(rule("a: ! 1") == "yaml-tag")
        #expect(rule("a: !x {b: 1}") == "yaml-tag")
        #expect(rule("%TAG ! tag:example.com,2000:\n---\na: 1") == "yaml-directive")
        #expect(rule("a: 1\n---\nb: 1") == "yaml-documents")
        #expect(rule("a: 1\n'a': 2") == "duplicate-key")
        #expect(rule("{[a]: 1}") == "yaml-key")
    }

    @Test("SECURITY 44: a YAML bomb is refused at its first anchor")
    func bomb() {
        var text = "a: &a [x, x, x, x, x, x, x, x, x]\n"
        for (name, before) in zip("bcdefghi", "abcdefgh") {
            text += "\(name): &\(name) [\(Array(repeating: "*\(before)", count: 9).joined(separator: ", "))]\n"
        }
        #expect(rule(text) == "yaml-anchor")
    }

    @Test("SECURITY 44: 32 levels pass, 33 do not")
    func depth() {
        func nested(_ levels: Int) -> String {
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        #expect(rule(nested(32)) == nil)
        #expect(rule(nested(33)) == "yaml-depth")
        #expect(rule(nested(100_000)) == "yaml-depth")
        #expect(rule(String(repeating: "{a: ", count: 33) + "1" + String(repeating: "}", count: 33)) == "yaml-depth")
    }

    @Test("SECURITY 44: 256 KiB pass, one byte more does not")
    func size() {
        let filler = Array(repeating: UInt8(ascii: "#"), count: YAMLReader.maximumSize - 5)
        #expect(rule(Array("a: 1\n".utf8) + filler) == nil)
        #expect(rule(Array("a: 1\n".utf8) + filler + [UInt8(ascii: "#")]) == "yaml-size")
    }

    @Test(
        "bytes that are no text are refused with their place",
        arguments: [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xC3]])
    func encoding(bytes: [UInt8]) throws {
        do {
            _ = try YAMLReader.read(Array("a: 1\nb: ".utf8) + bytes, file: "test.yaml")
            Issue.record("was read")
        } catch {
            #expect(error.rule == "yaml-encoding")
            #expect((error.line, error.column) == (2, 4))
        }
    }

    @Test("a byte order mark is let through, control characters are not")
    func characters() throws {
        #expect(try read("\u{FEFF}a: 1")["a"]?.text == "1")
        #expect(try read("\u{FEFF}a: 1\nb: 2")["b"]?.text == "2")
        for scalar in ["\0", "\u{7}", "\u{1B}", "\u{7F}", "\u{80}"] {
            #expect(rule("a: \(scalar)") == "yaml-character")
        }
    }

    @Test("an empty file has no document")
    func empty() throws {
        #expect(try YAMLReader.read([], file: "test.yaml") == nil)
        #expect(try YAMLReader.read(Array("# nothing\n".utf8), file: "test.yaml") == nil)
    }

    @Test("random bytes end in an answer, never in a crash")
    func garbage() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("abc:-[]{}&*!|>'\"%@`#,?\n\t  01~".utf8) + [0xC3, 0xA4, 0x00]
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...60, using: &generator)).compactMap { _ in
                alphabet.randomElement(using: &generator)
            }
            _ = try? YAMLReader.read(bytes, file: "test.yaml")
        }
    }
}
