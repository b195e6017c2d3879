import Connectors
import DefinitionImport
import Definitions
import Explain
import Foundation
import Testing

/// `docs/add-a-connector.md`: what it shows is what the commands print.
@Suite struct GuideTests {
    /// A fenced block: its language, and its lines.
    private struct Block {
        let language: String
        let text: String
    }

    private func blocks() throws -> [Block] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/add-a-connector.md"), encoding: .utf8)
        let fenced = page.split(separator: "```", omittingEmptySubsequences: false).enumerated().filter {
            $0.offset % 2 == 1
        }
        return fenced.map { _, text in
            Block(language: String(text.prefix { $0 != "\n" }), text: String(text.drop { $0 != "\n" }.dropFirst()))
        }
    }

    @Test("each command of the guide prints what the guide shows")
    func outputs() async throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "guide-\(UUID().uuidString)")
        let folder = url.path(percentEncoded: false)
        try FileManager.default.createDirectory(atPath: "\(folder)/connectors.d", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        var commands = 0
        var metadata = ""
        for block in try blocks() {
            if block.language == "yaml" {
                try Data(block.text.utf8).write(to: URL(filePath: "\(folder)/connectors.d/acme.yaml"))
            } else if block.language == "json" {
                metadata = block.text
            } else if block.language == "console" {
                let command = block.text.prefix { $0 != "\n" }
                let words = command.split(separator: " ").dropFirst().map(String.init)
                let printed =
                    switch words.prefix(3) {
                    case ["token-manager", "connector", "new"]: await draft(words, metadata, in: folder)
                    case _ where words[0] == "cat":
                        try String(contentsOfFile: "\(folder)/\(words[1])", encoding: .utf8)
                    default: try output(of: Array(words.dropFirst()), in: folder)
                    }
                #expect(printed.replacing("\(folder)/", with: "") == block.text.dropFirst(command.count + 1))
                commands += 1
            }
        }
        #expect(commands == 7)
    }

    /// `connector new NAME --discover ISSUER --scope SCOPE` with this document as the provider's.
    private func draft(_ words: [String], _ metadata: String, in folder: String) async -> String {
        var options = ConnectorAnswers()
        options.scopes = words[7]
        return await NewRun(
            name: words[3], folder: "\(folder)/connectors.d", issuer: words[5], options: options,
            fetch: { _ in .answer(status: 200, body: Array(metadata.utf8)) }
        ).run().output
    }

    private func output(of arguments: [String], in folder: String) throws -> String {
        let connectors = try Catalog.byID()
        if arguments.first == "lint" {
            return Lint(connectors: Set(connectors.keys))
                .run(paths: ["\(folder)/\(arguments[1])"], strict: arguments.contains("--strict"), format: .text).output
        }
        func values(of option: String) -> [String] {
            zip(arguments, arguments.dropFirst()).filter { $0.0 == option }.map(\.1)
        }
        let operation = try #require(values(of: "--operation").first.flatMap(ExplainedOperation.init(rawValue:)))
        return Explain(connectors: connectors).run(
            arguments[1], folder: "\(folder)/connectors.d", operation: operation, inputs: values(of: "--input"),
            format: .text
        ).output
    }
}
