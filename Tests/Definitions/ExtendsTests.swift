import ConnectorSDK
import Definitions
import Testing

@Suite struct ExtendsTests {
    private let parent = """
        format: 1
        id: parent
        title: Parent
        categories: [a, b]
        client: {authentication: client_secret_basic, rate_limit: 1/1s}
        authorization: {endpoint: "https://a.example.com/authorize", parameters: {prompt: consent, access: offline}}
        token: {endpoint: "https://a.example.com/token"}
        refresh: {rotation: overlap, overlap: 10m}
        examples:
          - {name: one, source: "https://docs.example.com", operation: revoke, expect: {}}
        """

    private func child(_ more: String) throws -> LoadResult {
        let folder = try TemporaryFolder([
            "parent.yaml": parent, "child.yaml": "format: 1\nid: child\ntitle: Child\nextends: parent\n" + more,
        ])
        return loader.load(folder: folder.path)
    }

    @Test("maps merge key by key, lists and scalars replace, null removes; names and examples stay behind")
    func merge() throws {
        let text = """
            categories: [c]
            client: {authentication: client_secret_post}
            authorization: {parameters: {prompt: null, more: x}}
            refresh: {rotation: single_use, overlap: null}
            """
        let found = try #require(try child(text).definitions["child"]).definition
        #expect(found.title == "Child")
        #expect(found.categories == ["c"])
        #expect(found.client.authentication == .clientSecretPost)
        #expect(found.client.rateLimit != nil)
        #expect(found.authorization?.parameters == ["access": Template("offline"), "more": Template("x")])
        #expect(found.token.endpoint == [Template("https://a.example.com/token")])
        #expect(found.refresh.rotation == .singleUse)
        #expect(found.examples.isEmpty)
    }

    @Test(
        "a key that is unknown is no better for being removed",
        arguments: [
            ("authorizatoin: null", "authorizatoin", 5, 1), ("response: {captur: null}", "captur", 5, 12),
            ("token: {headrs: null}", "headrs", 5, 9), ("response: {map: {acess_token: null}}", "acess_token", 5, 18),
            ("inputs: {shop: {patern: null}}", "patern", 5, 17),
        ])
    func unknownRemoval(_ text: String, _ key: String, _ line: Int, _ column: Int) throws {
        let result = try child(text)
        #expect(result.diagnostics.map(\.rule) == ["unknown-key"], "\(result.diagnostics)")
        let error = try #require(result.diagnostics.first)
        #expect(error.message == "unknown key `\(key)`" && (error.line, error.column) == (line, column))
        #expect(result.definitions["child"] == nil && result.definitions["parent"] != nil)
    }

    @Test("what a parent does not have, and what names are made up, can be removed all the same")
    func idleRemoval() throws {
        let text = "jwks: null\nauthorization: {parameters: {none: null}}\nresponse: {map: {scope: null}}\n"
        #expect(try child(text).diagnostics.isEmpty)
    }

    @Test("id and title are not inherited")
    func ownNames() throws {
        let folder = try TemporaryFolder([
            "parent.yaml": parent, "child.yaml": "format: 1\nid: child\nextends: parent\n",
        ])
        let result = loader.load(folder: folder.path)
        #expect(result.diagnostics.map(\.rule) == ["missing-key"])
        #expect(Set(result.definitions.keys) == ["parent"])
    }

    @Test("a mistake that only the combination makes is shown in the file it is written in")
    func positionInParent() throws {
        let result = try child("refresh: {rotation: single_use}")
        let error = try #require(result.diagnostics.first)
        #expect(error.rule == "overlap")
        #expect(error.file.hasSuffix("/parent.yaml"))
        #expect(error.line == 8)
        #expect(result.definitions["parent"] != nil)
    }

    private func chain(_ count: Int) throws -> LoadResult {
        var files = ["level0.yaml": minimal("level0")]
        for level in 1...count {
            files["level\(level).yaml"] = "format: 1\nid: level\(level)\ntitle: T\nextends: level\(level - 1)\n"
        }
        return try loader.load(folder: TemporaryFolder(files).path)
    }

    @Test("four levels pass, five do not")
    func depth() throws {
        #expect(try chain(4).definitions.count == 5)
        let deep = try chain(5)
        #expect(deep.diagnostics.map(\.rule) == ["extends-depth"])
        #expect(deep.definitions["level5"] == nil)
        #expect(deep.definitions.count == 5)
    }

    @Test("a circle breaks its members and nobody else")
    func cycle() throws {
        let folder = try TemporaryFolder([
            "a.yaml": "format: 1\nid: a\ntitle: T\nextends: b\n", "b.yaml": "format: 1\nid: b\ntitle: T\nextends: a\n",
            "good.yaml": minimal("good"),
        ])
        let result = loader.load(folder: folder.path)
        #expect(Set(result.definitions.keys) == ["good"])
        #expect(Set(result.diagnostics.map(\.rule)) == ["extends-cycle", "extends-broken"])
    }

    @Test("a broken parent breaks only its children")
    func brokenParent() throws {
        let folder = try TemporaryFolder([
            "parent.yaml": parent + "\nunknown: 1\n", "child.yaml": "format: 1\nid: child\ntitle: C\nextends: parent\n",
            "good.yaml": minimal("good"),
        ])
        let result = loader.load(folder: folder.path)
        #expect(Set(result.definitions.keys) == ["good"])
        #expect(result.diagnostics.map(\.rule) == ["extends-broken", "unknown-key"])
    }

    @Test("a parent outside the folder is never read", arguments: ["../parent", "/etc/passwd", "parent.yaml"])
    func outside(name: String) throws {
        let result = try load("child", "format: 1\nid: child\ntitle: C\nextends: \(name)\n")
        #expect(result.definitions.isEmpty)
        #expect(result.diagnostics.contains { $0.rule == "extends-unknown" })
    }

    @Test("the digest covers the parents")
    func digest() throws {
        let folder = try TemporaryFolder([
            "parent.yaml": parent, "child.yaml": "format: 1\nid: child\ntitle: C\nextends: parent\n",
        ])
        let before = try #require(loader.load(folder: folder.path).definitions["child"]?.digest)
        try folder.write(parent + "\n# changed\n", to: "parent.yaml")
        #expect(loader.load(folder: folder.path).definitions["child"]?.digest != before)
    }
}
