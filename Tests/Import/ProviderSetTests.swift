import ConnectorSDK
import Connectors
import DefinitionImport
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
        let (file, isWhole) = entriesAtHand()
        let folder = try TemporaryFolder()
        let run = ImportRun(file: file, folder: folder.path).run()
        #expect(run.exitCode == 0, "\(run.output)")
        let verdicts = try all(file)
        let written = verdicts.count { if case .success = $0.result { true } else { false } }
        #expect(folder.files.count == written)
        let loaded = DefinitionLoader(connectors: ["oauth2"]).load(folder: folder.path)
        #expect(loaded.diagnostics.filter { $0.severity == .error }.isEmpty)
        #expect(loaded.definitions.count == written)
        guard isWhole else { return }
        // Counted without the importer: keys in the first column.
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        #expect(verdicts.count == lines.count { $0.first.map { !" #-".contains($0) } ?? false })
        let reported = verdicts.filter { if case .success = $0.result { false } else { true } }.map(\.name)
        #expect(Set(reported).isSubset(of: Self.modules), "\(reported)")
    }

    @Test("makes a whole exchange and refresh with the example inputs") func requests() throws {
        let (file, _) = entriesAtHand()
        for verdict in try all(file) {
            guard let imported = try? verdict.result.get() else { continue }
            let definition = try decoded(imported)
            let sample = Sample(definition)
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

    @Test("SECURITY 41: sends no client secret to a host that somebody typed") func secrets() throws {
        let (file, _) = entriesAtHand()
        var refused = 0
        for verdict in try all(file) {
            guard let imported = try? verdict.result.get() else { continue }
            let definition = try decoded(imported)
            let sample = Sample(definition)
            let connector = try OAuth2Connector(definition: definition)
            let deciding = Set(definition.token.endpoint.flatMap(\.placeholders))
            for name in deciding where definition.input(name) != nil {
                for value in Self.bypasses {
                    var context = sample.context
                    context.values[name] = value
                    guard let request = try? connector.request(.redeem(sample.redemption), in: context) else {
                        refused += 1
                        continue
                    }
                    let host = URLComponents(string: request.url)?.host ?? "none"
                    #expect(
                        host != "evil.example.net" && !host.hasSuffix(".evil.example.net"),
                        "\(verdict.name): \(request.url)")
                }
            }
        }
        #expect(refused > 0)
    }

    /// Values that would lead to another host if any of them were taken at its word.
    private static let bypasses = [
        "evil.example.net", "evil.example.net/", "evil.example.net?", "evil.example.net#", "evil.example.net\\",
        "evil.example.net:443", "x@evil.example.net", "x:y@evil.example.net", "https://evil.example.net",
        "//evil.example.net",
        "evil.example.net%2f", "evil.example.net%23", "evil.example.net%00", "evil.example.net\n",
        "evil.example.net/..",
        "EVIL.EXAMPLE.NET", "evil.example.net.", "a.evil.example.net/b", "evil\u{3002}example\u{3002}net",
        "evil.example.net\u{2044}",
    ]

    private func all(_ file: String) throws -> [Verdict] {
        try Importer.run(String(contentsOfFile: file, encoding: .utf8), file: file)
    }
}

/// A connection with the example inputs of a definition.
private struct Sample {
    let definition: Definition

    init(_ definition: Definition) { self.definition = definition }

    var redemption: Redemption {
        definition.grants.contains(.authorizationCode)
            ? .authorizationCode(
                redirectURI: "https://app.example.org/oauth/callback",
                hasVerifier: definition.authorization?.pkce ?? true)
            : .clientCredentials
    }

    var context: ConnectorContext {
        let open = definition.inputs.filter { !$0.secret }
        let values = open.compactMap { input in (input.example ?? input.defaultValue).map { (input.name, $0) } }
        let secrets = definition.inputs.filter(\.secret).map(\.name)
        return ConnectorContext(
            clientID: "example-client", values: Dictionary(values, uniquingKeysWith: { first, _ in first }),
            secrets: Set(
                secrets + [
                    "client_secret", "client_private_key", "client_certificate", "code", "code_verifier",
                    "refresh_token", "access_token",
                ]),
            scopes: definition.scopes.defaults, organizationHosts: open.compactMap(host), random: "random")
    }

    func consent(_ authorization: AuthorizationRules) -> ConsentRequest {
        ConsentRequest(
            redirectURI: "https://app.example.org/oauth/callback", state: "state",
            challenge: authorization.pkce ? "challenge" : nil)
    }

    /// What an organization would name in its config: the hosts of the example inputs.
    private func host(_ input: Input) -> HostRule? {
        guard input.format == .hostname || input.format == .baseURL, let value = input.example ?? input.defaultValue
        else {
            return nil
        }
        let text = value.hasPrefix("https://") ? String(value.dropFirst(8)) : value
        return HostRule(text: String(text.prefix { $0 != "/" }))
    }
}
