import ConnectorSDK
import Connectors
import Definitions
import Foundation
import Testing

/// The catalog stands for everything that providers are known to do (`docs/catalog.md`).
@Suite struct CatalogTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static func definitions() throws -> [String: Definition] {
        let folder = repository.appending(path: "connectors.d").path(percentEncoded: false)
        let loader = DefinitionLoader(connectors: Set(try Catalog.byID().keys))
        return loader.load(folder: folder).definitions.mapValues(\.definition)
    }

    @Test("at least 120 definitions, none with an error or a warning, each with a provider's page")
    func strict() throws {
        let folder = Self.repository.appending(path: "connectors.d").path(percentEncoded: false)
        let lint = Lint(connectors: Set(try Catalog.byID().keys))
        let result = lint.run(paths: [folder], strict: true, format: .text)
        #expect(result.exitCode == 0, "\(result.output)")
        let definitions = try Self.definitions()
        #expect(definitions.count >= 120)
        #expect(definitions.filter { $0.value.documentation.isEmpty }.keys.sorted() == [])
    }

    @Test("every quirk has definitions that show it, or a reason")
    func quirks() throws {
        let definitions = try Self.definitions()
        for row in CatalogRow.quirks {
            #expect(!row.definitions.isEmpty || row.reason != nil, "\(row.name)")
            for id in row.definitions {
                let definition = try #require(definitions[id], "\(row.name): there is no \(id)")
                #expect(row.holds(definition), "\(row.name): \(id) does not show it")
            }
        }
    }

    @Test("every provider's rotation is said by its definition")
    func rotation() throws {
        let definitions = try Self.definitions()
        for row in RotationRow.all {
            #expect(definitions[row.definition]?.refresh.rotation.name == row.rotation, "\(row.provider)")
        }
    }

    @Test("docs/catalog.md holds these rows")
    func page() throws {
        let page = try String(contentsOf: Self.repository.appending(path: "docs/catalog.md"), encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| *") }.map(String.init)
        let expected = CatalogRow.quirks.map(\.line) + RotationRow.all.map(\.line)
        #expect(rows == expected, "stale; its rows must be:\n\(expected.joined(separator: "\n"))")
    }
}
