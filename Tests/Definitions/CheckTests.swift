import ConnectorSDK
import Definitions
import Testing

@Suite struct CheckTests {
    @Test(
        "what is captured may stand in every request that comes after it, and in one of a list before",
        arguments: [
            ("'https://a.example.com/a'", "'https://a.example.com/{shop}/t'", []),
            ("['https://a.example.com/{team}/a', 'https://a.example.com/a']", "'https://a.example.com/t'", []),
            ("['https://a.example.com/{team}/a']", "'https://a.example.com/t'", ["late-capture"]),
            ("'https://a.example.com/{shop}/a'", "'https://a.example.com/t'", ["late-capture"]),
            ("'https://a.example.com/a'", "['https://a.example.com/{user}/t']", ["late-capture"]),
        ] as [(String, String, [String])])
    func captureOrder(consent: String, token: String, rules: [String]) throws {
        let text = """
            format: 1
            id: test
            title: T
            issuer: https://a.example.com
            authorization: {endpoint: \(consent), callback: {capture: {shop: shop, iss: iss}}}
            token: {endpoint: \(token)}
            response: {capture: {team: /team}}
            refresh: {endpoint: 'https://a.example.com/{team}/{shop}/{user}/r'}
            after_connect:
              - {get: 'https://a.example.com/{team}', capture: {user: /id}}
              - {get: 'https://a.example.com/{user}'}
            """
        #expect(try errors(text) == rules)
    }

    @Test(
        "a capture by a name that is taken is one mistake, wherever the name is used",
        arguments: [("shop", "duplicate-name"), ("client_id", "reserved-name")])
    func takenCapture(name: String, rule: String) throws {
        let text = """
            format: 1
            id: test
            title: T
            inputs: {shop: {format: dns_label}}
            authorization: {endpoint: 'https://{shop}.example.com/{client_id}'}
            token: {endpoint: 'https://{shop}.example.com/t'}
            response: {capture: {\(name): /shop}}
            """
        #expect(try errors(text) == [rule])
    }

    @Test("all mistakes of a file are reported, in the order of the file")
    func together() throws {
        let text = """
            format: 1
            id: test
            title: T
            connectr: oauth2
            client: {authentication: basic, rate_limit: many}
            token: {endpoint: "http://a.example.com/t", headers: {Host: a}, parameters: {x: "{nobody}"}}
            refresh: {rotation: overlap}
            """
        let found = try load("test", text).diagnostics
        #expect(
            found.map(\.rule) == [
                "unknown-key", "unknown-value", "rate-limit", "https-only", "engine-header", "unknown-placeholder",
                "overlap",
            ])
        #expect(found.map(\.line) == [4, 5, 5, 6, 6, 6, 7])
    }

    @Test("every parameter and header of the engine is refused")
    func engineOwned() throws {
        let parameters = [
            "grant_type", "code", "refresh_token", "redirect_uri", "state", "scope", "client_id", "client_secret",
            "client_assertion",
            "client_assertion_type", "assertion", "device_code", "response_type", "nonce", "code_challenge",
            "code_challenge_method",
            "login_hint", "code_verifier",
        ]
        for name in parameters {
            for place in ["token", "refresh", "upgrade", "authorization", "revocation"] {
                let more = "\(place): {endpoint: 'https://a.example.com/x', parameters: {\(name): x}}\n"
                let base =
                    "format: 1\nid: test\ntitle: T\n"
                    + (place == "token" ? "" : "token: {endpoint: 'https://a.example.com/t'}\n")
                #expect(try errors(base + more) == ["engine-parameter"], "\(place) \(name)")
            }
        }
        for name in [
            "Authorization", "host", "Cookie", "Content-Length", "connection", "Transfer-Encoding", "upgrade", "TE",
            "Proxy-Authorization", "DPoP",
        ] {
            let text =
                "format: 1\nid: test\ntitle: T\ntoken: {endpoint: 'https://a.example.com/t', headers: {\(name): x}}\n"
            #expect(try errors(text) == ["engine-header"], "\(name)")
        }
    }

    @Test("no connector that reads no options takes any", arguments: ["oauth2", "google-workspace", "slack"])
    func options(connector: String) throws {
        let text = minimal("test", more: "connector: \(connector)\noptions: {acces_type: online}")
        #expect(try errors(text) == ["options-refused"])
    }

    @Test("insecure choices are warned of")
    func warned() throws {
        let base = "format: 1\nid: test\ntitle: T\n"
        #expect(
            try warnings(minimal("test").replacing("/authorize\"}", with: "/authorize\", pkce: off}")) == ["pkce-off"])
        #expect(try warnings(base + "token: {endpoint: 'https://a.example.com/t', method: GET}") == ["secret-in-query"])
        #expect(try warnings(base + "token: {endpoint: 'https://a.example.com/t', body: query}") == ["secret-in-query"])
        let password =
            base
            + "token: {endpoint: 'https://a.example.com/t', grant_type: password}\nrefresh: {grant_type: refresh_token}"
        #expect(try warnings(password) == ["password-grant"])
        let example =
            "examples: [{name: a, source: 'https://a.example.com', operation: exchange, body: '{\"access_token\": \"eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9\"}', expect: {scope: a}}]"
        #expect(try warnings(minimal("test", more: example)) == ["example-token"])
        #expect(try errors(password) == [])
    }

    @Test("SECURITY 61: a capture at or above a mapped token is refused, one beside it is not")
    func captures() throws {
        func rules(_ map: String, _ pointer: String) throws -> [String] {
            try errors(minimal("test", more: "response: {map: \(map), capture: {it: '\(pointer)'}}"))
        }
        for pointer in ["", "/access_token", "/refresh_token", "/id_token"] {
            #expect(try rules("{}", pointer) == ["capture-token"], "\(pointer)")
        }
        for pointer in ["/data", "/data/token"] {
            #expect(try rules("{access_token: [/x, /data/token]}", pointer) == ["capture-token"])
        }
        #expect(try rules("{access_token: /data/token}", "/data/tenant") == [])
        #expect(try rules("{access_token: /data/token}", "/access_token") == [])
        #expect(try rules("{}", "/team/id") == [])
    }

    @Test("secrets stand in headers and bodies only")
    func secrets() throws {
        func rules(_ token: String, _ more: String = "") throws -> [String] {
            try errors(
                "format: 1\nid: test\ntitle: T\ninputs: {key: {secret: true}}\ntoken: {endpoint: 'https://a.example.com/t', \(token)}\n\(more)"
            )
        }
        #expect(try rules("headers: {X-Key: '{key}'}") == [])
        #expect(try rules("parameters: {k: '{key}'}") == [])
        #expect(try rules("body: query, parameters: {k: '{key}'}") == ["secret-place"])
        #expect(try rules("method: GET, parameters: {k: '{key}'}") == ["secret-place"])
        // Inherited by a refresh that travels otherwise.
        #expect(try rules("parameters: {k: '{key}'}", "refresh: {body: query}") == ["secret-place"])
        // An assertion travels in the body, as a key file's account does in `iss`; in a URL it would be read by others.
        let assertion = "assertion: {claims: {k: '{key}'}}\ngrants: [jwt_bearer]"
        #expect(try rules("omit: []", assertion) == [])
        #expect(try rules("body: query", assertion) == ["secret-place"])
        let nested = "assertion: {claims: {k: {list: [1, '{key}']}}}\ngrants: [jwt_bearer]"
        #expect(try rules("body: query", nested) == ["secret-place"])
        #expect(try rules("omit: []", nested.replacing("{key}", with: "{kye}")) == ["unknown-placeholder"])
        #expect(try rules("omit: []", "\(assertion)\nrefresh: {body: query}") == ["secret-place"])
        #expect(
            try rules("omit: []", "after_connect: [{get: 'https://a.example.com/{key}', capture: {x: /x}}]") == [
                "secret-place"
            ])
        #expect(try rules("omit: []", "after_connect: [{post: 'https://a.example.com/x', json: {a: ['{key}']}}]") == [])
    }

    @Test("{state} and {token} stand in their one place")
    func builtIns() throws {
        func rules(_ more: String) throws -> [String] { try errors(minimal("test", more: more)) }
        #expect(
            try errors(minimal("test").replacing("/token\"}", with: "/token\", parameters: {state: '{state}'}}")) == [])
        #expect(try rules("revocation: {endpoint: 'https://accounts.example.com/r/{token}'}") == [])
        #expect(try rules("revocation: {endpoint: 'https://accounts.example.com/r', parameters: {t: '{token}'}}") == [])
        #expect(
            try rules("revocation: {endpoint: 'https://accounts.example.com/r', headers: {X-T: '{token}'}}") == [
                "placeholder-place"
            ])
        #expect(
            try rules("revocation: {endpoint: 'https://accounts.example.com/r?t={token}'}") == ["placeholder-place"])
        #expect(try rules("introspection: {endpoint: 'https://accounts.example.com/{token}'}") == ["placeholder-place"])
        #expect(try rules("refresh: {parameters: {state: '{state}'}}") == ["engine-parameter", "placeholder-place"])
    }

    @Test(
        "values of inputs are checked by their format",
        arguments: [
            ("dns_label", "acme", true), ("dns_label", "a.b", false), ("dns_label", "a/b", false),
            ("dns_label", "-a", false), ("dns_label", "", false),
            ("hostname", "a.example.com", true), ("hostname", "127.0.0.1", false),
            ("hostname", "a.example.com:80", false), ("hostname", "a@b.com", false),
            ("base_url", "a.example.com/x", true), ("base_url", "https://a.example.com:8443", true),
            ("base_url", "http://a.example.com", false),
            ("base_url", "https://u@a.example.com", false), ("base_url", "https://a.example.com/x?y", false),
            ("base_url", "https://a.example.com/..", false),
            ("uuid", "5ab87915-2deb-429c-a1e2-8b0495900f45", true), ("uuid", "5ab87915", false),
            ("email", "a@example.com", true), ("email", "a@b@example.com", false), ("email", "a", false),
            ("text", "any thing", true), ("text", "a\nb", false),
        ])
    func formats(format: String, value: String, isGood: Bool) throws {
        var input = Input(name: "x")
        input.format = try #require(Input.Format(rawValue: format))
        #expect((input.problem(with: value) == nil) == isGood)
    }

    @Test("a pattern matches the whole value")
    func wholePattern() {
        var input = Input(name: "x")
        input.pattern = "[a-z]+|[0-9]{2}"
        #expect(input.problem(with: "abc") == nil)
        #expect(input.problem(with: "12") == nil)
        for value in ["abc1", "1abc", "123", "", "abc "] { #expect(input.problem(with: value) != nil, "\(value)") }
    }
}
