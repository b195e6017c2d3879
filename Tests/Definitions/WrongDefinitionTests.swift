import Definitions
import Foundation
import Testing

/// `wrong/*.yaml`: one mistake each, the expected diagnostic in the first comment as
/// `# expect: LINE:COLUMN RULE "part of the message"; remedy: "the whole hint"`, with `warning` or `note` in front of the
/// place for what is no error.
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
        var remedy: String

        init?(_ comment: Substring) {
            let form = #/# expect: (?:(warning|note) )?(\d+):(\d+) ([a-z-]+) "(.+?)"; remedy: "(.+)"/#
            guard let parts = comment.wholeMatch(of: form)?.output else { return nil }
            guard let line = Int(parts.2), let column = Int(parts.3) else { return nil }
            severity = parts.1.flatMap { Diagnostic.Severity(rawValue: String($0)) } ?? .error
            (self.line, self.column, rule) = (line, column, String(parts.4))
            (message, remedy) = (String(parts.5), String(parts.6))
        }
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
        #expect(found.first?.file == "\(wrongFolder)/\(name)")
        let error = try #require(found.first)
        #expect((error.line, error.column) == (expected.line, expected.column))
        #expect(error.rule == expected.rule)
        #expect(error.severity == expected.severity)
        #expect(error.hint == expected.remedy)
        #expect(error.message.contains(expected.message), "\(error.message)")
        let isLoaded = Self.result.definitions[String(name.dropLast(5))] != nil
        #expect(isLoaded == (expected.severity != .error))
    }

    @Test("there are enough of them, and each rule of the book is shown by one")
    func enough() {
        #expect(Self.names.count >= 120)
        let shown = Set(Self.result.diagnostics.map(\.rule))
        // They need a folder, a huge file, a chain of files or a connector: see `LoaderTests`, `FileTests`,
        // `HostileTextTests`, `ExtendsTests`, `CatalogExampleTests`.
        let elsewhere: Set = [
            "folder", "unreadable", "too-many-files", "too-many-findings", "stray-file", "yaml-size", "extends-depth",
            "example-result",
        ]
        #expect(Set(RuleBook.rules.keys).subtracting(shown).subtracting(elsewhere) == [])
        #expect(shown.subtracting(RuleBook.rules.keys) == [], "a rule that the book does not know")
    }

    @Test("no two show the same mistake at the same kind of place")
    func different() throws {
        var shown: [String: String] = [:]
        for finding in Self.result.diagnostics {
            let place = KindOfPlace.of(finding, in: [UInt8](try Data(contentsOf: URL(filePath: finding.file))))
            let other = shown.updateValue(finding.file, forKey: "\(finding.rule), \(place), \(Self.wording(finding))")
            #expect(other == nil, "\(finding.file) shows at \(place) what \(other ?? "") shows")
        }
    }

    /// A message without what the definition wrote.
    private static func wording(_ finding: Diagnostic) -> String {
        let quoted = finding.message.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        let own = quoted.filter { $0.offset.isMultiple(of: 2) }.map { String($0.element) }.joined()
        return own.split(separator: " ").filter { !$0.contains(".") && !$0.contains(where: \.isNumber) }
            .joined(separator: " ")
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
