import ConnectorSDK
import Connectors
import Definitions
import Explain
import Foundation
import Testing

/// The documented answers of definitions, read by the connector as the host reads them.
@Suite struct CatalogExampleTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "connectors.d").path(percentEncoded: false)

    @Test("each example of each definition gives what it says")
    func examples() throws {
        let types = try Catalog.byID()
        let run = ExampleRun(connectors: types)
        let found = DefinitionLoader(connectors: Set(types.keys)).load(folder: Self.folder).definitions
        #expect(found.values.map(\.definition.examples.count).reduce(0, +) >= 60)
        for (id, loaded) in found { #expect(run.findings(loaded) == [], "\(id)") }
    }

    @Test(
        "an example that says something else is found, at its place",
        arguments: [
            ("access_token: other-example", "access_token: at-example"),
            ("acess_token: at-example", "no `acess_token`, but access_token: at-example"),
            ("refresh_token: rt-example", "no `refresh_token`, but access_token"),
            ("expires_in: 60", "expires_in: 3600"), ("means: retry", "no `means`"),
            ("acess_token: null", "`acess_token` is nothing that an answer gives"),
        ])
    func wrong(expectation: String, message: String) throws {
        let types = try Catalog.byID()
        let file = """
            format: 1
            id: test
            title: Test
            authorization: {endpoint: "https://accounts.example.com/authorize"}
            token: {endpoint: "https://accounts.example.com/token"}
            examples:
              - name: exchange
                source: https://developers.example.com/oauth
                operation: exchange
                body: {access_token: at-example, token_type: Bearer, expires_in: 3600}
                expect: {token_type: Bearer, \(expectation)}
            """
        let folder = FileManager.default.temporaryDirectory.appending(path: "example-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(file.utf8).write(to: folder.appending(path: "test.yaml"))
        let loader = DefinitionLoader(connectors: Set(types.keys))
        let loaded = try #require(loader.load(folder: folder.path(percentEncoded: false)).definitions["test"])
        let findings = ExampleRun(connectors: types).findings(loaded)
        #expect(findings.map(\.rule) == ["example-result"])
        let finding = try #require(findings.first)
        #expect(finding.message.contains(message), "\(finding.message)")
        let line = file.split(separator: "\n", omittingEmptySubsequences: false)[finding.line - 1]
        #expect(line.dropFirst(finding.column - 1).hasPrefix(expectation))
    }
}
