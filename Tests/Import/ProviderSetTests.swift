import ConnectorSDK
import Connectors
import DefinitionImport
import DefinitionSamples
import Definitions
import Foundation
import Testing

/// The whole set, where it is at hand; else the project's own entries, which is said aloud.
@Suite("Every provider of the set") struct ProviderSetTests {
    /// PROVIDERS.md, "Need a compiled module", by the names of the set, and two more: a scope made of an input.
    private static let modules: Set<String> = [
        "slack", "one-drive", "sharepoint-online", "microsoft-teams-bot", "bullhorn", "shopline-oauth", "agiloft",
        "agiloft-cc", "github-app", "github-app-oauth", "braintree", "braintree-sandbox", "coros", "coros-sandbox",
        "immybot", "microsoft-dynamics-365-finance-and-operations-cc",
    ]

    @Test("becomes a definition that lints clean, or is reported with its reason") func lint() throws {
        let (file, isWhole) = ProviderSet.atHand()
        let folder = try TemporaryFolder()
        let run = ImportRun(file: file, folder: folder.path).run()
        #expect(run.exitCode == 0, "\(run.output)")
        let verdicts = try all(file)
        let written = verdicts.count { if case .success = $0.result { true } else { false } }
        #expect(folder.files.count == written)
        let loaded = DefinitionLoader(connectors: ["oauth2"]).load(folder: folder.path)
        #expect(loaded.diagnostics.filter { $0.severity != .note } == [], "strict: not one warning")
        #expect(loaded.definitions.count == written)
        guard isWhole else { return }
        // Counted without the importer: keys in the first column.
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        #expect(verdicts.count == lines.count { $0.first.map { !" #-".contains($0) } ?? false })
        let reported = verdicts.filter { if case .success = $0.result { false } else { true } }.map(\.name)
        #expect(Set(reported).isSubset(of: Self.modules), "\(reported)")
    }

    @Test("makes a whole exchange and refresh with the example inputs") func requests() throws {
        let (file, _) = ProviderSet.atHand()
        for verdict in try all(file) {
            guard let imported = try? verdict.result.get() else { continue }
            let definition = try decoded(imported)
            let sample = SampleConnection(of: definition)
            let connector = try OAuth2Connector(definition: definition)
            let exchange = try connector.request(.redeem(sample.redemption), in: sample.context)
            let refresh = try connector.request(.refresh, in: sample.context)
            for request in [exchange, refresh] {
                #expect(
                    request.url.hasPrefix("https://") && !request.url.contains("{"), "\(verdict.name): \(request.url)")
            }
            if let authorization = definition.authorization, !authorization.endpoint.isEmpty {
                let page = try connector.authorizationURL(sample.consent(authorization), in: sample.context)
                #expect(page.url.hasPrefix("https://"), "\(verdict.name): \(page.url)")
            }
        }
    }

    private func all(_ file: String) throws -> [Verdict] {
        try Importer.run(String(contentsOfFile: file, encoding: .utf8), file: file)
    }
}
