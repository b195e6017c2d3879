import Definitions
import Foundation
import Testing

/// `lint` over the folder of wrong definitions: every rule, many files, each output.
@Suite struct SARIFTests {
    private let lint = Lint(connectors: ["oauth2", "slack"])

    @Test("the output is the same in every run, and sorted", arguments: Lint.Format.allCases)
    func stable(format: Lint.Format) throws {
        let first = lint.run(paths: [wrongFolder], strict: false, format: format)
        #expect(first.exitCode == 1)
        for _ in 0..<3 { #expect(lint.run(paths: [wrongFolder], strict: false, format: format).output == first.output) }
        let twice = lint.run(paths: [wrongFolder, wrongFolder], strict: false, format: format).output
        #expect(format == .text || twice == first.output, "a finding is said once")
    }

    @Test("files in the order of their names, lines and columns within each")
    func order() throws {
        let output = lint.run(paths: [wrongFolder], strict: false, format: .json).output
        let found = try JSONDecoder().decode([Diagnostic].self, from: Data(output.utf8))
        #expect(found.count > 120 && found == found.sorted())
    }

    @Test("SARIF 2.1.0: what its schema requires, of every object that is written")
    func structure() throws {
        let output = lint.run(paths: [wrongFolder], strict: false, format: .sarif).output
        let log = try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
        #expect(Set(log.keys) == ["$schema", "version", "runs"], "§3.13")
        #expect(log["version"] as? String == "2.1.0")
        let runs = try #require(log["runs"] as? [[String: Any]])
        #expect(runs.count == 1)
        let run = try #require(runs.first)
        #expect(run["columnKind"] as? String == "unicodeCodePoints", "§3.14.17")
        let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any], "§3.18.2")
        #expect((driver["name"] as? String)?.isEmpty == false, "§3.19.8")
        let rules = try #require(driver["rules"] as? [[String: Any]])
        let ids = try rules.map { try #require($0["id"] as? String, "§3.49.3") }
        #expect(Set(ids).count == ids.count && ids == ids.sorted())
        for rule in rules { #expect((rule["shortDescription"] as? [String: Any])?["text"] is String, "§3.49.9") }
        let results = try #require(run["results"] as? [[String: Any]])
        #expect(results.count > 120)
        for result in results { try check(result, ids) }
    }

    private func check(_ result: [String: Any], _ ids: [String]) throws {
        #expect(((result["message"] as? [String: Any])?["text"] as? String)?.isEmpty == false, "§3.27.11")
        let index = try #require(result["ruleIndex"] as? Int)
        #expect(ids[index] == result["ruleId"] as? String, "§3.27.6")
        #expect(["none", "note", "warning", "error"].contains(try #require(result["level"] as? String)), "§3.27.10")
        let locations = try #require(result["locations"] as? [[String: Any]])
        #expect(locations.count == 1)
        let place = try #require(locations.first?["physicalLocation"] as? [String: Any], "§3.28.3")
        let uri = try #require((place["artifactLocation"] as? [String: Any])?["uri"] as? String, "§3.4.3")
        #expect(uri.hasSuffix(".yaml") && URL(string: uri) != nil)
        let region = try #require(place["region"] as? [String: Int])
        #expect(try #require(region["startLine"]) >= 1 && #require(region["startColumn"]) >= 1, "§3.30.5, §3.30.6")
    }
}
