import ConnectorSDK
import Definitions
import Foundation
import Testing

/// Warnings and notes of good definitions, and the outputs of `lint`.
@Suite struct LintRuleTests {
    @Test("SARIF 2.1.0 names tool, rule, level, message and place of each finding")
    func sarif() throws {
        let folder = try TemporaryFolder(["test.yaml": minimal("test", more: "inputs:\n  region: {}\nhost: []")])
        let output = Lint(connectors: ["oauth2"]).run(paths: [folder.path], strict: false, format: .sarif)
        #expect(output.exitCode == 1)
        let log = try #require(try JSONSerialization.jsonObject(with: Data(output.output.utf8)) as? [String: Any])
        #expect(log["version"] as? String == "2.1.0")
        #expect((log["$schema"] as? String)?.contains("sarif-2.1.0") == true)
        let run = try #require((log["runs"] as? [[String: Any]])?.first)
        let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
        #expect(driver["name"] as? String == "token-manager")
        let rules = try #require(driver["rules"] as? [[String: Any]])
        let result = try #require((run["results"] as? [[String: Any]])?.first)
        #expect(result["ruleId"] as? String == "unknown-key")
        #expect(rules[try #require(result["ruleIndex"] as? Int)]["id"] as? String == "unknown-key")
        #expect(result["level"] as? String == "error")
        #expect(
            (result["message"] as? [String: Any])?["text"] as? String == "unknown key `host`; did you mean `hosts`?")
        let place = (result["locations"] as? [[String: Any]])?.first?["physicalLocation"] as? [String: Any]
        #expect((place?["region"] as? [String: Int]) == ["startLine": 8, "startColumn": 1])
        let uri = (place?["artifactLocation"] as? [String: Any])?["uri"] as? String
        #expect(uri?.hasPrefix("file:///") == true && uri?.hasSuffix("/test.yaml") == true)
    }

    @Test("nothing wrong is a SARIF log without results")
    func emptySARIF() throws {
        let folder = try TemporaryFolder(["test.yaml": minimal("test")])
        let output = Lint(connectors: ["oauth2"]).run(paths: [folder.path], strict: true, format: .sarif)
        #expect(output.exitCode == 0)
        let log = try JSONSerialization.jsonObject(with: Data(output.output.utf8)) as? [String: Any]
        let run = (log?["runs"] as? [[String: Any]])?.first
        #expect((run?["results"] as? [Any])?.isEmpty == true)
    }

    @Test(
        "PROTOCOL.md E6: a window that a deadline fits is no warning",
        arguments: [
            ("60s", "10s", []), ("60s", "11s", ["short-window"]), ("130s", nil, []), ("129s", nil, ["short-window"]),
        ]
    )
    func window(overlap: String, deadline: String?, expected: [String]) throws {
        let more = deadline.map { "\n  hard_deadline: \($0)" } ?? ""
        let text = minimal("test", more: "refresh:\n  rotation: overlap\n  overlap: \(overlap)\(more)")
        #expect(try warnings(text) == expected)
    }

    @Test("SECURITY 62: a value before a suffix under which everybody gets names is a warning, written or derived")
    func publicSuffix() throws {
        let text = minimal("test", host: "{shop}.herokuapp.com", more: "inputs:\n  shop: {format: dns_label}")
        #expect(try warnings(text) == ["public-suffix", "public-suffix"])
        #expect(try warnings(text.replacing("herokuapp.com", with: "acme.co.uk")) == [])
        #expect(try warnings(text.replacing("herokuapp.com", with: "co.uk")) == ["public-suffix", "public-suffix"])
    }

    @Test("the hint for a short window is a deadline that fits, or the family rule")
    func windowHint() throws {
        func hint(_ overlap: String) throws -> String? {
            try load("test", minimal("test", more: "refresh:\n  rotation: overlap\n  overlap: \(overlap)"))
                .diagnostics.first { $0.rule == "short-window" }?.hint
        }
        #expect(try hint("100s") == "say refresh.hard_deadline: 30s or less")
        #expect(try hint("60s") == "say refresh.hard_deadline: 10s or less")
        #expect(try hint("30s")?.contains("single_use_family") == true)
    }

    @Test(
        "hosts that a value may lead to, inputs that a request uses, and lists that can be chosen from are fine",
        arguments: [
            "inputs:\n  domain: {format: hostname}\nafter_connect:\n  - get: https://{domain}/me\nhosts: [.example.com, .example.org]",
            "inputs:\n  key: {secret: true}\nassertion: {key: key}\ngrants: [jwt_bearer, authorization_code]",
            "inputs:\n  a: {}\nrefresh:\n  parameters: {a: '{a}'}",
        ])
    func fine(more: String) throws {
        #expect(try load("test", minimal("test", more: more)).diagnostics == [])
    }

    @Test("Apollo's page reads its query behind `#`; elsewhere a fragment stays an error")
    func fragment() throws {
        let text = minimal("test", more: "")
        let page = text.replacing("/authorize\"}", with: "/#/oauth/authorize\", fragment: true}")
        #expect(
            try definition(page).authorization?.endpoint == [Template("https://accounts.example.com/#/oauth/authorize")]
        )
        #expect(try definition(page).hosts == [.host("accounts.example.com", port: nil)])
        #expect(try errors(page.replacing(", fragment: true", with: "")) == ["invalid-url"])
        #expect(try errors(page.replacing("/oauth/authorize", with: "/#/x")) == ["invalid-url"])
        #expect(try errors(text.replacing("/token", with: "/#/token")) == ["invalid-url"])
    }

    @Test("an issuer may hold one claim, such as a tenant id, behind its host")
    func issuer() throws {
        let text = minimal("test", host: "login.example.com", more: "issuer: https://login.example.com/{tid}/v2.0")
        #expect(try definition(text).issuer?.placeholders == ["tid"])
        #expect(try errors(text.replacing("//login.example.com/{tid}/v2.0", with: "//{tid}.example.com")) == ["issuer"])
    }
}
