import Definitions
import Foundation
import Testing

/// `wrong/*.yaml`: one mistake each, the expected diagnostic in the first comment as
/// `# expect: LINE:COLUMN RULE "part of the message"`.
@Suite struct WrongDefinitionTests {
    private static let names: [String] =
        (try? FileManager.default.contentsOfDirectory(atPath: wrongFolder).filter { $0.hasSuffix(".yaml") }.sorted())
        ?? []
    private static let result = loader.load(folder: wrongFolder)

    private struct Expectation {
        var line: Int
        var column: Int
        var rule: String
        var message: String

        init?(_ comment: Substring) {
            let parts = comment.split(separator: " ", maxSplits: 4).map(String.init)
            let place = parts.count == 5 ? parts[2].split(separator: ":").compactMap { Int($0) } : []
            guard place.count == 2, parts[4].count > 2 else { return nil }
            (line, column, rule, message) = (place[0], place[1], parts[3], String(parts[4].dropFirst().dropLast()))
        }
    }

    @Test("each wrong definition gives its one error, at its place", arguments: names)
    func oneMistake(name: String) throws {
        let bytes = try Data(contentsOf: URL(filePath: "\(wrongFolder)/\(name)"))
        let comment = String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" }
        let expected = try #require(Expectation(comment), "no expectation in the first line")
        let found = Self.result.diagnostics.filter { $0.file.hasSuffix("/\(name)") && $0.severity == .error }
        #expect(found.count == 1, "\(found)")
        let error = try #require(found.first)
        #expect((error.line, error.column) == (expected.line, expected.column))
        #expect(error.rule == expected.rule)
        #expect(error.message.contains(expected.message), "\(error.message)")
        #expect(Self.result.definitions[String(name.dropLast(5))] == nil)
    }

    @Test("there are enough of them, and each rule's remedy or message says what is wanted")
    func enough() {
        #expect(Self.names.count >= 100)
        #expect(Set(Self.result.diagnostics.map(\.rule)).count >= 50)
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
        #expect(Set(result.definitions.keys) == ["sandbox", "google-workspace", "github", "dropbox"])
        #expect(result.fileIDs.count == Self.names.count + 4)
    }
}
