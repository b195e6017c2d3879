import ConnectorSDK
import Definitions
import Foundation
import Testing

@Suite struct RegistryTests {
    @Test("a reload swaps at once; a snapshot stays as it was")
    func swap() throws {
        let folder = try TemporaryFolder(["a.yaml": minimal("a"), "b.yaml": minimal("b")])
        let registry = ConnectorRegistry(loader: loader, folder: folder.path)
        let before = registry.snapshot
        try folder.write(minimal("a", more: "refresh: {rotation: static}"), to: "a.yaml")
        try folder.write(minimal("c"), to: "c.yaml")
        try folder.remove("b.yaml")
        let report = registry.reload()
        #expect(report.changed == ["a"])
        #expect(report.added == ["c"])
        #expect(report.removed == ["b"])
        #expect(registry["a"]?.definition.refresh.rotation == .static)
        #expect(registry["b"] == nil)
        #expect(registry.snapshot.generation == before.generation + 1)
        #expect(before.definitions["a"]?.definition.refresh.rotation == .singleUseFamily)
        #expect(Set(before.definitions.keys) == ["a", "b"])
    }

    @Test("a file that became bad leaves its last good version in force, with its diagnostics kept")
    func lastGood() throws {
        let folder = try TemporaryFolder([
            "a.yaml": minimal("a", more: "refresh: {rotation: static}"), "b.yaml": minimal("b"),
        ])
        let registry = ConnectorRegistry(loader: loader, folder: folder.path)
        try folder.write("format: 1\n\tid: a", to: "a.yaml")
        let report = registry.reload()
        #expect(report.kept == ["a"])
        #expect(registry["a"]?.definition.refresh.rotation == .static)
        #expect(registry.snapshot.diagnostics.map(\.rule) == ["yaml-syntax"])
        try folder.write(minimal("a"), to: "a.yaml")
        #expect(registry.reload().diagnostics.isEmpty)
        #expect(registry.snapshot.diagnostics.isEmpty)
        #expect(registry["a"]?.definition.refresh.rotation == .singleUseFamily)
    }

    @Test("a child keeps its last good version when its parent becomes bad")
    func parentBecomesBad() throws {
        let folder = try TemporaryFolder(["p.yaml": minimal("p"), "c.yaml": "format: 1\nid: c\ntitle: C\nextends: p\n"])
        let registry = ConnectorRegistry(loader: loader, folder: folder.path)
        try folder.write("nonsense", to: "p.yaml")
        #expect(registry.reload().kept == ["p", "c"])
        #expect(registry["c"] != nil)
    }

    @Test("a folder that cannot be read takes nothing away")
    func folderGone() throws {
        let folder = try TemporaryFolder(["a.yaml": minimal("a")])
        let registry = ConnectorRegistry(loader: loader, folder: folder.path)
        try folder.remove("")
        let report = registry.reload()
        #expect(report.kept == ["a"])
        #expect(registry["a"] != nil)
        #expect(registry.snapshot.diagnostics.map(\.rule) == ["folder"])
    }

    @Test("a change that is held leaves the version before in force")
    func held() throws {
        let folder = try TemporaryFolder(["a.yaml": minimal("a")])
        let registry = ConnectorRegistry(loader: loader, folder: folder.path)
        let hold: ConnectorRegistry.Hold = { old, new in
            old.flatMap { TrustFacts(new).danger(after: TrustFacts($0)) }
        }
        try folder.write(minimal("a", host: "evil.example.org"), to: "a.yaml")
        #expect(registry.reload(hold: hold).held.keys.sorted() == ["a"])
        #expect(registry.snapshot.held["a"]?.contains("evil.example.org") == true)
        #expect(registry["a"]?.definition.hosts == [.host("accounts.example.com", port: nil)])
        #expect(registry.reload(hold: hold).held.keys.sorted() == ["a"], "it waits as long as it is there")
        let accepted = registry.accept("a")
        #expect(accepted?.before?.definition.hosts == [.host("accounts.example.com", port: nil)])
        #expect(registry["a"]?.definition.hosts == [.host("evil.example.org", port: nil)])
        #expect(registry.accept("a") == nil && registry.snapshot.held.isEmpty)
        #expect(registry.reload(hold: hold).held.isEmpty)
    }

    @Test("at start there is no version before: what is withheld is not in force until it is accepted")
    func withheld() throws {
        let folder = try TemporaryFolder(["a.yaml": minimal("a"), "b.yaml": minimal("b")])
        let registry = ConnectorRegistry(loader: loader, folder: folder.path)
        registry.withhold("a", because: "it widens hosts")
        #expect(registry["a"] == nil && registry["b"] != nil)
        let hold: ConnectorRegistry.Hold = { old, new in old == nil && new.definition.id == "a" ? "still" : nil }
        #expect(registry.reload(hold: hold).held == ["a": "still"], "no reload lets it in by the way")
        #expect(registry["a"] == nil)
        #expect(registry.accept("a") != nil && registry["a"] != nil)
    }

    @Test(
        "what counts as dangerous: wider hosts, an endpoint elsewhere, another client authentication",
        arguments: [
            ("", nil), ("title: Other\n", nil), ("client: {authentication: client_secret_basic}\n", "authentication"),
            ("client: {certificate: true}\n", "authentication"),
            ("revocation: {endpoint: https://other.example.com/revoke}\n", "other.example.com"),
            ("revocation: {endpoint: https://accounts.example.com/revoke}\n", nil),
            ("hosts: [.example.com]\n", "hosts"), ("hosts: [accounts.example.com]\n", nil),
        ] as [(String, String?)])
    func danger(_ more: String, _ word: String?) throws {
        func facts(_ more: String) throws -> TrustFacts {
            let text =
                more.hasPrefix("title")
                ? minimal("a").replacing("title: ", with: "title: Other ") : minimal("a", more: more)
            let folder = try TemporaryFolder(["a.yaml": text])
            return TrustFacts(try #require(ConnectorRegistry(loader: loader, folder: folder.path)["a"]))
        }
        let reason = try facts(more).danger(after: try facts(""))
        #expect(reason.map { text in word.map { text.contains($0) } ?? false } ?? (word == nil), "\(reason ?? "none")")
    }

    private static let two = """
        format: 1
        id: a
        title: Test
        hosts: [one.example.com, two.example.com]
        inputs: {shop: {format: hostname, required: false, default: one.example.com}}
        authorization: {endpoint: "https://one.example.com/authorize"}
        token: {endpoint: "https://two.example.com/token"}
        introspection: {endpoint: "https://{shop}/introspect"}
        after_connect: [{get: "https://two.example.com/me"}]

        """

    @Test(
        "an endpoint that moves to another endpoint's host is held back like one that moves to a stranger",
        arguments: [
            ("two.example.com/token", "one.example.com/token", "refresh"),
            ("one.example.com/authorize", "two.example.com/authorize", "authorization"),
            ("default: one", "default: two", "introspection"),
            ("after_connect", "refresh: {endpoint: \"https://one.example.com/token\"}\nafter_connect", "refresh"),
            ("after_connect", "revocation: {endpoint: \"https://one.example.com/r\"}\nafter_connect", "revocation"),
            ("after_connect", "revocation: {endpoint: \"https://two.example.com/r\"}\nafter_connect", nil),
            ("two.example.com/me", "one.example.com/me", "after_connect"),
            ("[{get: \"https://two.example.com/me\"}]", "[]", nil),
            ("one.example.com/authorize", "one.example.com/consent", nil),
        ] as [(String, String, String?)])
    func moves(_ old: String, _ new: String, _ operation: String?) throws {
        func facts(_ text: String) throws -> TrustFacts {
            let folder = try TemporaryFolder(["a.yaml": text])
            return TrustFacts(try #require(ConnectorRegistry(loader: loader, folder: folder.path)["a"]))
        }
        let changed = Self.two.replacing(old, with: new)
        #expect(changed != Self.two)
        let reason = try facts(changed).danger(after: try facts(Self.two))
        #expect(reason.map { $0.hasPrefix("the endpoint of \(operation ?? "none") moves to ") } ?? (operation == nil))
    }

    private static let several = """
        format: 1
        id: a
        title: Test
        hosts: [one.example.com, two.example.com]
        inputs: {shop: {required: false}}
        authorization: {endpoint: "https://one.example.com/authorize"}
        token: {endpoint: ["https://one.example.com/{shop}/token", "https://two.example.com/token"]}

        """

    @Test(
        "of several endpoints the first whose placeholders are set is used: what decides that is held back like a move",
        arguments: [
            ("{shop}/token", "all/token", "refresh"), ("{shop}/token", "{client_id}/token", "refresh"),
            ("{required: false}", "{required: false, default: x}", "refresh"),
            ("two.example.com/token", "two.example.com/{shop}/token", "refresh"),
            ("{shop}/token", "{shop}/v2/token", nil), ("two.example.com/token", "two.example.com/v2/token", nil),
            ("one.example.com/authorize", "one.example.com/{client_id}/authorize", nil),
            ("authorization:", "introspection: {endpoint: \"https://two.example.com/i\"}\nauthorization:", nil),
        ] as [(String, String, String?)])
    func choices(_ old: String, _ new: String, _ operation: String?) throws {
        func facts(_ text: String) throws -> TrustFacts {
            let folder = try TemporaryFolder(["a.yaml": text])
            return TrustFacts(try #require(ConnectorRegistry(loader: loader, folder: folder.path)["a"]))
        }
        let changed = Self.several.replacing(old, with: new)
        #expect(changed != Self.several)
        let accepted = try facts(Self.several)
        let reason = try facts(changed).danger(after: accepted)
        let expected = operation.map { "what decides among the endpoints of \($0) changes: " }
        #expect(expected.map { reason?.hasPrefix($0) == true } ?? (reason == nil), "\(reason ?? "none")")
        // An earlier version stored no choices, and what it accepted stays accepted.
        var earlier = accepted
        earlier.choices = nil
        #expect(try facts(changed).danger(after: earlier) == nil)
        let stored = try JSONDecoder().decode(TrustFacts.self, from: JSONEncoder().encode(accepted))
        #expect(stored == accepted && accepted.choices?.keys.sorted() == ["refresh", "token"])
    }

    private static let basic = """
        format: 1
        id: a
        title: Test
        client: {authentication: client_secret_basic, repeat_in_body: [client_id]}
        authorization: {endpoint: "https://one.example.com/authorize"}
        token: {endpoint: "https://one.example.com/token", body: form}
        revocation: {endpoint: "https://one.example.com/revoke"}

        """

    @Test(
        "how the client's secret travels is held back like its authentication, but for what no longer stands in a URL",
        arguments: [
            ("_basic,", "_basic, basic_username: client_secret,", "client.basic_username changes from client_id"),
            ("[client_id]", "[]", "client.repeat_in_body changes from client_id to nothing"),
            ("_basic,", "_basic, per_connection: true,", "client.per_connection changes from false to true"),
            ("body: form", "body: query", "the secrets of token, refresh move into a URL"),
            ("/revoke\"", "/revoke\", method: GET", "the secrets of revocation move into a URL"),
            ("/revoke\"", "/revoke/{token}\"", "the secrets of revocation move into a URL"),
            ("/revoke\"", "/revoke\", method: GET, token: access_token, authorize: bearer", nil),
            ("body: form", "body: json", nil), (", repeat_in_body: [client_id]", "", nil),
        ] as [(String, String, String?)])
    func client(_ old: String, _ new: String, _ expected: String?) throws {
        func facts(_ text: String) throws -> TrustFacts {
            let folder = try TemporaryFolder(["a.yaml": text])
            return TrustFacts(try #require(ConnectorRegistry(loader: loader, folder: folder.path)["a"]))
        }
        let changed = Self.basic.replacing(old, with: new)
        #expect(changed != Self.basic)
        var accepted = try facts(Self.basic)
        let now = try facts(changed)
        let reason = now.danger(after: accepted)
        #expect(expected.map { reason?.hasPrefix($0) == true } ?? (reason == nil), "\(reason ?? "none")")
        let moved = accepted.danger(after: now)
        #expect((moved == nil) == (expected?.contains("URL") ?? true), "out of a URL is no danger")
        // An earlier version stored neither, and what it accepted stays accepted.
        (accepted.clientKeys, accepted.operationsInURL) = (nil, nil)
        let stored = try JSONDecoder().decode(TrustFacts.self, from: JSONEncoder().encode(accepted))
        #expect(stored.clientKeys == nil && now.danger(after: stored) == nil)
    }

    @Test("endpoints of one host, and steps after consent, are no choice between hosts")
    func noChoice() throws {
        let text =
            Self.several.replacing("two.example.com/token", with: "one.example.com/token")
            + "after_connect: [{get: \"https://one.example.com/a\"}, {get: \"https://two.example.com/b\"}]\n"
        let folder = try TemporaryFolder(["a.yaml": text])
        let facts = TrustFacts(try #require(ConnectorRegistry(loader: loader, folder: folder.path)["a"]))
        #expect(facts.choices == nil)
    }

    @Test("what an earlier version accepted knows no operations: then the hosts of all endpoints are compared")
    func earlierFacts() throws {
        let folder = try TemporaryFolder(["a.yaml": Self.two])
        let now = TrustFacts(try #require(ConnectorRegistry(loader: loader, folder: folder.path)["a"]))
        let text =
            #"{"hosts": ["one.example.com", "two.example.com"], "endpoints": ["one.example.com", "{shop}"],"#
            + #" "authentication": "client_secret_post", "digest": "-"}"#
        var earlier = try JSONDecoder().decode(TrustFacts.self, from: Data(text.utf8))
        #expect(now.danger(after: earlier) == "an endpoint moves to two.example.com")
        earlier.endpoints.append("two.example.com")
        #expect(now.danger(after: earlier) == nil)
    }

    @Test("readers never wait for a reload and never see half of one")
    func concurrent() async throws {
        let folder = try TemporaryFolder(["a.yaml": minimal("a"), "b.yaml": minimal("b")])
        let registry = ConnectorRegistry(loader: loader, folder: folder.path)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { for _ in 0..<20 { registry.reload() } } }
            for _ in 0..<4 { group.addTask { for _ in 0..<500 { #expect(registry.snapshot.definitions.count == 2) } } }
        }
        #expect(registry.snapshot.generation == 81)
    }
}
