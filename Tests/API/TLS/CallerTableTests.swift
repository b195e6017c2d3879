import Definitions
import Foundation
import Model
import Pipeline
import Testing

@testable import API

/// `MTLS_CALLERS_FILE`.
@Suite struct CallerTableTests {
    private func table(_ text: String) throws(Diagnostic) -> CallerTable {
        try CallerTable(Array(text.utf8), file: "callers.yaml")
    }

    @Test func aFileSaysWhoMayDoWhat() throws {
        let table = try table(TLSFolder.callers)
        #expect(
            table["spiffe://example.org/several"]
                == CallerTable.Entry(
                    organizations: [OrganizationID("org-1"), OrganizationID("org-2")],
                    scopes: [.tokenRead, .tokenRefresh]))
        #expect(table["spiffe://example.org/scraper"] == CallerTable.Entry(organizations: [], scopes: []))
        #expect(table["spiffe://example.org/other"] == nil)
        #expect(throws: Never.self) { try self.table("callers: []") }
    }

    @Test("a caller can be confined to connectors; to none is to none")
    func connectors() throws {
        let text = "callers: [{uri: spiffe://a/b, organizations: [o], scopes: [token:read], connectors: %}]"
        for (list, connectors) in [("[slack, x-1]", ["slack", "x-1"]), ("[]", [])] {
            let entry = try #require(try table(text.replacing("%", with: list))["spiffe://a/b"])
            #expect(entry.connectors == Set(connectors))
            let certificate = try PeerCertificate(TestAuthority().issue().certificate, now: Date())
            let claims = CallerClaims(certificate, entry)
            #expect(
                claims.identity
                    == .service(id: certificate.uri, scopes: [.tokenRead], connectors: Set(connectors)))
        }
        #expect(try table(TLSFolder.callers)["spiffe://example.org/worker"]?.connectors == nil)
    }

    static let wrong: [(text: String, place: String, says: String)] = [
        ("", "1:1", "empty"), ("callers:", "1:9", "nothing instead of a list"), ("{}", "1:1", "`callers` is missing"),
        ("callers: []\nmore: 1\n", "2:1", "there is no member `more`"), ("- a", "1:1", "a list instead of a map"),
        (
            "callers:\n  - uri: spiffe://a/b\n    organizations: []\n    scope: []\n", "4:5",
            "there is no member `scope`"
        ),
        ("callers:\n  - {uri: spiffe://a/b, organizations: []}\n", "2:5", "`scopes` is missing"),
        ("callers:\n  - {uri: spiffe://a/b, scopes: []}\n", "2:5", "`organizations` is missing"),
        ("callers:\n  - {organizations: [], scopes: []}\n", "2:5", "no SPIFFE ID"),
        ("callers:\n  - {uri: https://a/b, organizations: [], scopes: []}\n", "2:11", "no SPIFFE ID"),
        ("callers: [{uri: spiffe://a/b, organizations: o, scopes: []}]", "1:46", "a text instead of a list"),
        ("callers: [{uri: spiffe://a/b, organizations: [\"a b\"], scopes: []}]", "1:47", "no organization's id"),
        ("callers: [{uri: spiffe://a/b, organizations: [], scopes: [token:raed]}]", "1:59", "no such scope"),
        (
            "callers:\n- {uri: spiffe://a/b, organizations: [], scopes: []}\n"
                + "- {uri: spiffe://a/b, organizations: [], scopes: []}\n", "3:3", "a second time"
        ),
        ("callers: [{uri: spiffe://a/b, uri: spiffe://a/c, organizations: [], scopes: []}]", "1:31", "second time"),
        (
            "callers: [{uri: spiffe://a/b, organizations: [], scopes: [], connectors: [Slack]}]", "1:75",
            "no connector's id"
        ),
        (
            "callers:\n- uri: spiffe://a/b\n  organizations: []\n  scopes: []\n  connectors:\n", "5:14",
            "nothing instead of a list"
        ),
        ("callers: &x []", "1:10", "anchor"),
    ]

    @Test("what is wrong is told with its line and column", arguments: wrong)
    func refusal(_ wrong: (text: String, place: String, says: String)) {
        let error = #expect(throws: Diagnostic.self) { try table(wrong.text) }
        #expect(error?.description.contains("callers.yaml:\(wrong.place): ") == true, "\(error?.description ?? "")")
        #expect(error?.message.contains(wrong.says) == true, "\(error?.message ?? "")")
        #expect(error?.hint != nil)
    }

    @Test func aNearScopeIsNamed() {
        let error = #expect(throws: Diagnostic.self) {
            try table("callers: [{uri: spiffe://a/b, organizations: [], scopes: [token:raed]}]")
        }
        #expect(error?.hint == "did you mean `token:read`?")
    }

    @Test(
        "only the one way of writing a SPIFFE ID is taken",
        arguments: [
            ("spiffe://example.org/a", true), ("spiffe://example.org/a/B-c_d.e", true), ("spiffe://1-2_3.x/a", true),
            ("spiffe://example.org", false), ("spiffe://example.org/", false), ("spiffe:///a", false),
            ("spiffe://example.org//a", false), ("spiffe://example.org/a/", false), ("spiffe://example.org/./a", false),
            ("spiffe://example.org/a/..", false), ("spiffe://Example.org/a", false), ("SPIFFE://example.org/a", false),
            ("spiffe://example.org:1/a", false), ("spiffe://u@example.org/a", false),
            ("spiffe://example.org/a?b", false), ("spiffe://example.org/a#b", false),
            ("spiffe://example.org/%61", false), ("spiffe://example.org/a\u{0}", false),
            ("https://example.org/a", false), ("spiffe://example.org/\u{e9}", false), ("", false),
            ("spiffe://a/" + String(repeating: "b", count: 244), true),
            ("spiffe://a/" + String(repeating: "b", count: 245), false),
        ])
    func uris(_ text: String, _ isValid: Bool) { #expect(WorkloadURI.isValid(text) == isValid) }
}
