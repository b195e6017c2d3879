import ConnectorSDK
import Connectors
import DefinitionImport
import DefinitionSamples
import Definitions
import Foundation
import Synchronization
import TestSupport
import Testing

/// Every definition whose host somebody types or names, against every string that would lead elsewhere: what is shipped,
/// and what the importer makes.
@Suite struct BypassTests {
    @Test("SECURITY 41, 46: the tables are as long as asked") func tables() {
        #expect(Set(HostileHosts.labels + HostileHosts.wholeHosts + HostileHosts.inside).count >= 60)
        #expect(Set(HostileHosts.servers).count >= 30)
    }

    @Test("SECURITY 41, 46, 62: no value leads a request of the catalog outside `hosts`") func catalog() throws {
        let result = DefinitionLoader(connectors: Set(try Catalog.byID().keys)).load(folder: ProviderSet.catalog)
        let tried = try inspect(result.definitions.values.map(\.definition))
        #expect(tried.definitions >= 30, "\(tried)")
    }

    @Test("SECURITY 41, 46, 62: no value leads a request of an imported definition outside `hosts`") func imported()
        throws
    {
        let (file, isWhole) = ProviderSet.atHand()
        let folder = try TestFolders.make("imported")
        #expect(ImportRun(file: file, folder: folder.path).run().exitCode == 0)
        let result = DefinitionLoader(connectors: ["oauth2"]).load(folder: folder.path)
        let tried = try inspect(result.definitions.values.map(\.definition))
        #expect(tried.definitions >= (isWhole ? 60 : 3), "\(tried)")
    }

    /// How much was tried, so that nothing passes by being skipped.
    private struct Tally {
        var definitions = 0
        var refused = 0
        var written = 0
    }

    private func inspect(_ definitions: [Definition]) throws -> Tally {
        var tally = Tally()
        for definition in definitions {
            let sample = SampleConnection(of: definition)
            let consent = definition.authorization.map(sample.consent)
            let probe = try EndpointProbe(
                definition, context: sample.context, redemption: sample.redemption,
                consent: consent ?? ConsentRequest(redirectURI: "https://app.example.org/", state: "s", challenge: nil))
            if probe.deciding.isEmpty { continue }
            tally.definitions += 1
            for name in probe.deciding {
                for value in HostileHosts.all { try attempt(value, as: name, probe, &tally) }
            }
        }
        #expect(tally.refused > tally.written && tally.refused > 0, "\(tally)")
        return tally
    }

    private func attempt(_ value: String, as name: String, _ probe: EndpointProbe, _ tally: inout Tally) throws {
        var context = probe.context
        context.values[name] = value
        for target in probe.targets {
            guard let url = try? target.write(context) else {
                tally.refused += 1
                continue
            }
            tally.written += 1
            let label = "\(probe.definition.id) \(target.name) with \(name)=\(value.prefix(80)): \(url.prefix(200))"
            guard let place = Self.plainAuthority(of: url) else {
                Issue.record("an address that parsers may read in several ways: \(label)")
                continue
            }
            #expect(Self.lies(place, within: probe.definition.hosts, context), "outside hosts: \(label)")
            #expect(
                target.templates.contains { probe.means($0, host: place.text) }, "not the intended suffix: \(label)")
        }
    }

    /// Host and port of an address that every parser reads alike: https, letters, digits, dots, hyphens, then a port,
    /// `/`, `?` or the end.
    private static func plainAuthority(of url: String) -> (host: String, port: Int?, text: String)? {
        guard url.hasPrefix("https://"), url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
        else { return nil }
        let text = String(url.dropFirst(8).prefix { $0 != "/" && $0 != "?" && $0 != "#" })
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let host = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let isPlain = host.allSatisfy { label in
            !label.isEmpty && label.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") }
        }
        guard isPlain, host.count > 1, host.last?.contains(where: \.isLetter) == true, parts.count <= 2 else {
            return nil
        }
        if parts.count == 2, Int(parts[1]) == nil { return nil }
        return (String(parts[0]), parts.count == 2 ? Int(parts[1]) : nil, text)
    }

    /// `hosts` read once more, independently of the product.
    private static func lies(
        _ place: (host: String, port: Int?, text: String), within rules: [HostRule], _ context: ConnectorContext
    ) -> Bool {
        rules.contains { rule in
            switch rule {
            case .host(let host, let port): place.host == host && (place.port ?? 443) == (port ?? 443)
            case .suffix(let suffix):
                suffix.hasPrefix(".") && place.host.hasSuffix(suffix) && place.host != suffix
                    && (place.port ?? 443) == 443
            case .organization: lies(place, within: context.organizationHosts, context)
            // Only with a client of the connection's own: whoever types the host has typed the secret too.
            case .any: true
            case .loopback: false
            }
        }
    }
}
