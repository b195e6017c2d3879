import Definitions
import Foundation
import Testing

/// `wrong/*.yaml`: one mistake each, the expected diagnostic in the first comment as
/// `# expect: LINE:COLUMN RULE "part of the message"`, with `warning` or `note` in front of the place for what is no error.
@Suite struct WrongDefinitionTests {
    private static let names: [String] =
        (try? FileManager.default.contentsOfDirectory(atPath: wrongFolder).filter { $0.hasSuffix(".yaml") }.sorted())
        ?? []
    private static let result = loader.load(folder: wrongFolder)

    private struct Expectation {
        var severity = Diagnostic.Severity.error
        var line: Int
        var column: Int
        var rule: String
        var message: String

        init?(_ comment: Substring) {
            var parts = comment.split(separator: " ", maxSplits: 4).map(String.init)
            if parts.count == 5, let severity = Diagnostic.Severity(rawValue: parts[2]) {
                self.severity = severity
                parts = parts[..<2] + [parts[3]] + parts[4].split(separator: " ", maxSplits: 1).map(String.init)
            }
            let place = parts.count == 5 ? parts[2].split(separator: ":").compactMap { Int($0) } : []
            guard place.count == 2, parts[4].count > 2 else { return nil }
            (line, column, rule, message) = (place[0], place[1], parts[3], String(parts[4].dropFirst().dropLast()))
        }
    }

    private static func saysWhatIsWanted(_ message: String) -> Bool {
        [" is not a", " is none of ", " is wanted", " is not one ", " cannot be used: "].contains(
            where: message.contains)
    }

    @Test("each wrong definition gives its one finding, at its place", arguments: names)
    func oneMistake(name: String) throws {
        let bytes = try Data(contentsOf: URL(filePath: "\(wrongFolder)/\(name)"))
        let comment = String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" }
        let expected = try #require(Expectation(comment), "no expectation in the first line")
        let found = Self.result.diagnostics.filter {
            $0.file.hasSuffix("/\(name)") && (expected.severity == .note || $0.severity != .note)
        }
        #expect(found.count == 1, "\(found)")
        let error = try #require(found.first)
        #expect((error.line, error.column) == (expected.line, expected.column))
        #expect(error.rule == expected.rule)
        #expect(error.severity == expected.severity)
        #expect(error.severity == .note || error.hint != nil || Self.saysWhatIsWanted(error.message), "no remedy")
        #expect(error.message.contains(expected.message), "\(error.message)")
        let isLoaded = Self.result.definitions[String(name.dropLast(5))] != nil
        #expect(isLoaded == (expected.severity != .error))
    }

    @Test("there are enough of them, and each rule's remedy or message says what is wanted")
    func enough() {
        #expect(Self.names.count >= 120)
        let shown = Set(Self.result.diagnostics.map(\.rule))
        // They need a folder, a huge file or a chain of files: see `LoaderTests`, `YAMLReaderTests`, `ExtendsTests`.
        let elsewhere: Set = ["folder", "unreadable", "too-many-files", "stray-file", "yaml-size", "extends-depth"]
        #expect(Set(RuleBook.rules.keys).subtracting(shown).subtracting(elsewhere) == [])
        #expect(shown.subtracting(RuleBook.rules.keys) == [], "a rule that the book does not know")
    }

    @Test("none of them stops the shipped ones from loading")
    func othersLoad() throws {
        let folder = try TemporaryFolder()
        for source in [wrongFolder, shippedFolder] {
            for name in try FileManager.default.contentsOfDirectory(atPath: source) where name.hasSuffix(".yaml") {
                try FileManager.default.copyItem(atPath: "\(source)/\(name)", toPath: "\(folder.path)/\(name)")
            }
        }
        let result = loader.load(folder: folder.path)
        let shipped = loader.load(folder: shippedFolder)
        #expect(shipped.definitions.count >= 4)
        #expect(Set(shipped.definitions.keys).isSubset(of: result.definitions.keys))
        #expect(result.fileIDs.count == Self.names.count + shipped.fileIDs.count)
    }
}
