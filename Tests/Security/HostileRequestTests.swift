import Foundation
import TestSupport
import Testing

/// Requests that nobody sends by accident: each gets a clean refusal, and the host lives on.
@Suite(.serialized) struct HostileRequestTests {
    /// A request and what it gets. `codes` are problem codes of DESIGN.md §7.
    private struct Case {
        var name: String
        var bytes: [UInt8]
        var codes: Set<String>
    }

    @Test("hostile requests are refused with a problem, none is a 500, and the host stays healthy")
    func refusals() async throws {
        let host = try TestHost("hostile")
        let child = try await host.start()
        let cases = Self.cases(token: CallerTokens().user(), service: CallerTokens().everything)
        #expect(cases.count >= 40)
        for test in cases {
            let answer = try await RawClient.send(test.bytes, port: host.port)
            let status = try #require(answer.status, "\(test.name): no answer: \(answer.head)")
            #expect((400..<500).contains(status), "\(test.name): \(status) \(answer.body)")
            #expect(answer.header("Content-Type") == "application/problem+json", "\(test.name): \(answer.head)")
            let code = answer.json["code"] as? String ?? "none"
            #expect(test.codes.contains(code), "\(test.name): \(code): \(answer.body)")
            #expect(answer.json["status"] as? Int == status && answer.json["request_id"] is String, "\(test.name)")
            #expect(answer.body.utf8.count < 16_384, "\(test.name): a refusal is short")
        }
        print("hostile requests refused: \(cases.count)")
        _ = try await host.health("healthy")
        #expect(try await host.probe.send("GET", host.url + "/ready").status == 200)
        let list = try await host.call("GET", "/api/v1/connections", token: CallerTokens().user())
        #expect((list.json["items"] as? [Any])?.isEmpty == true, "nothing was made")
        let metrics = try await host.saveMetrics()
        #expect(!metrics.contains("status=\"500\""))
        try await host.stop(child)
    }

    private static func cases(token: String, service: String) -> [Case] {
        let config = "/api/v1/connectors/sandbox/config"
        let redeem = "/api/v1/connectors/sandbox/connections"
        let authorize = "/api/v1/connectors/sandbox/authorize"
        func request(
            _ method: String, _ path: String, _ body: [UInt8]? = nil, type: String? = "application/json",
            _ more: [String] = [],
            token: String? = token
        ) -> [UInt8] {
            var lines = ["\(method) \(path) HTTP/1.1", "Host: 127.0.0.1", "Connection: close"] + more
            if let token { lines.append("Authorization: Bearer \(token)") }
            if let type, body != nil { lines.append("Content-Type: \(type)") }
            if let body { lines.append("Content-Length: \(body.count)") }
            return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + (body ?? [])
        }
        func json(_ name: String, _ path: String, _ body: String, _ codes: Set<String>, method: String = "POST") -> Case
        {
            Case(name: name, bytes: request(method, path, Array(body.utf8)), codes: codes)
        }
        func get(_ name: String, _ path: String, _ codes: Set<String>, _ more: [String] = [], token: String? = token)
            -> Case
        {
            Case(name: name, bytes: request("GET", path, nil, more, token: token), codes: codes)
        }
        func raw(_ name: String, _ text: String, _ codes: Set<String>) -> Case {
            Case(name: name, bytes: Array(text.utf8), codes: codes)
        }
        let long = String(repeating: "a", count: 5000)
        let (malformed, invalid): (Set<String>, Set<String>) = (["malformed"], ["invalid_input"])
        let bodies: [Case] = [
            json("no JSON", authorize, "name=x", malformed), json("half JSON", authorize, #"{"name":"#, malformed),
            json("an array", authorize, "[]", malformed), json("a text", authorize, "\"x\"", malformed),
            json("null", authorize, "null", malformed), json("two values", authorize, "{}{}", malformed),
            json("a comma too many", authorize, #"{"name":"a",}"#, malformed),
            json("NaN", authorize, #"{"name":NaN}"#, malformed),
            json("a NUL escape", authorize, #"{"name":"a\u0000b"}"#, invalid.union(malformed)),
            json(
                "deep", authorize,
                String(repeating: #"{"metadata":"#, count: 500) + "1" + String(repeating: "}", count: 500), malformed),
            json("deep arrays", authorize, String(repeating: "[", count: 100_000), malformed),
            Case(
                name: "no UTF-8",
                bytes: request("POST", authorize, Array(#"{"name":""#.utf8) + [0xff, 0xfe] + Array(#""}"#.utf8)),
                codes: malformed),
            Case(
                name: "a NUL byte",
                bytes: request("POST", authorize, Array(#"{"name":"a"#.utf8) + [0] + Array(#""}"#.utf8)),
                codes: malformed),
            json("a member twice", authorize, #"{"name":"a","name":"b"}"#, malformed),
            json("half a surrogate pair", authorize, #"{"name":"\ud800"}"#, malformed),
            json("an unknown member", authorize, #"{"nmae":"x"}"#, invalid),
            json("a number as name", authorize, #"{"name":7}"#, invalid),
            json("a name too long", authorize, #"{"name":"\#(long)"}"#, invalid),
            json("a line end in the name", authorize, #"{"name":"a\r\nSet-Cookie: x"}"#, invalid),
            json("scopes that are no list", authorize, #"{"scopes":"read"}"#, invalid),
            json("a scope with a space", authorize, #"{"scopes":["read write"]}"#, invalid.union(["not_configured"])),
            json(
                "300 scopes", authorize, #"{"scopes":[\#((0..<300).map { "\"s\($0)\"" }.joined(separator: ","))]}"#,
                invalid),
            json("metadata that is no object", authorize, #"{"metadata":[1]}"#, invalid),
            json(
                "metadata too large", authorize, #"{"metadata":{"a":"\#(String(repeating: "m", count: 20_000))"}}"#,
                invalid),
            json("inputs that are no texts", authorize, #"{"inputs":{"a":{"b":1}}}"#, invalid),
            json("an unknown input", authorize, #"{"inputs":{"__proto__":"x"}}"#, invalid),
            json(
                "a connection that cannot be", authorize, #"{"connection":"../../etc/passwd"}"#,
                invalid.union(["not_found"])),
            json("a client that cannot be", authorize, #"{"client":"a b"}"#, invalid),
            json("an unknown grant", redeem, #"{"grant":"password","username":"x"}"#, invalid),
            json("no grant", redeem, "{}", invalid),
            json("an empty refresh token", redeem, #"{"grant":"refresh_token","refresh_token":""}"#, invalid),
            json(
                "a refresh token with a line end", redeem, #"{"grant":"refresh_token","refresh_token":"a\r\nb"}"#,
                invalid.union(["not_configured"])),
            json("the literal set", config, #"{"client_secret":"set"}"#, invalid, method: "PUT"),
            json(
                "a redirect URI that is none", config, #"{"redirect_uris":["javascript:alert(1)"]}"#, invalid,
                method: "PUT"),
            json("a port that is none", config, #"{"inputs":{"port":"80/../"}}"#, invalid, method: "PUT"),
            json(
                "hosts of any kind", config, #"{"settings":{"hosts":["*","http://x","a b"]}}"#, invalid, method: "PUT"),
            json("every host", config, #"{"settings":{"hosts":["*"]}}"#, invalid, method: "PUT"),
            json("a definition's hosts", config, #"{"settings":{"hosts":["organization"]}}"#, invalid, method: "PUT"),
            json("a key that is none", config, #"{"client_private_key":"garbage"}"#, invalid, method: "PUT"),
            json("an object that is no key", config, #"{"client_private_key":"{}"}"#, invalid, method: "PUT"),
            json("a certificate that is none", config, #"{"client_certificate":"garbage"}"#, invalid, method: "PUT"),
            json(
                "a redirect URI twice", config, #"{"redirect_uris":["https://x.example/cb","https://x.example/cb"]}"#,
                invalid, method: "PUT"),
            json("an unknown rotation", config, #"{"settings":{"rotation":"none"}}"#, invalid, method: "PUT"),
            json(
                "a number too large", "/api/v1/connections/conn_x/refresh", #"{"observed_generation":1e400}"#, invalid),
            json("a negative number", "/api/v1/connections/conn_x/refresh", #"{"observed_generation":-1}"#, invalid),
            json("a body for GET", "/api/v1/connectors/sandbox", #"{"a":1}"#, invalid, method: "GET"),
            Case(
                name: "2 MiB", bytes: request("POST", authorize, [UInt8](repeating: 0x20, count: 2 << 20)),
                codes: ["payload_too_large"]),
            Case(
                name: "XML", bytes: request("POST", authorize, Array("<a/>".utf8), type: "text/xml"),
                codes: ["unsupported_media_type"]),
            Case(
                name: "a form",
                bytes: request("POST", authorize, Array("a=b".utf8), type: "application/x-www-form-urlencoded"),
                codes: ["unsupported_media_type"]),
            Case(
                name: "another encoding",
                bytes: request(
                    "POST", authorize, Array("{}".utf8), type: "application/json; x=1; Charset=\"latin1\""),
                codes: ["unsupported_media_type"]),
            Case(
                name: "a type in quotes",
                bytes: request("POST", authorize, Array("{}".utf8), type: "\"application/json\""),
                codes: ["unsupported_media_type"]),
            Case(
                name: "no type", bytes: request("POST", authorize, Array("{}".utf8), type: nil),
                codes: ["unsupported_media_type"]),
        ]
        let paths: [Case] = [
            get("dots", "/api/v1/connections/../../etc/passwd", ["not_found"]),
            get("encoded dots", "/api/v1/connections/%2e%2e%2f%2e%2e%2fetc", ["not_found"]),
            get("an encoded NUL", "/api/v1/connections/conn_%00", ["not_found", "malformed"]),
            get("an encoded line end", "/api/v1/connections/x%0d%0aSet-Cookie:%20a=b", ["not_found"]),
            get("double slashes", "//api//v1//connectors//..//x", ["not_found"]),
            get("a long id", "/api/v1/connections/\(String(repeating: "c", count: 2000))", ["not_found"]),
            get("a long path", "/\(String(repeating: "p", count: 3000))", ["not_found", "malformed"]),
            get("a path with a backslash", "/api\\v1\\connections", ["not_found", "malformed"]),
            get("capitals", "/API/V1/CONNECTIONS", ["not_found"]),
            get("a connector that cannot be", "/api/v1/connectors/SandBox", ["not_found"]),
            get("SQL", "/api/v1/connections?name=%27%20OR%201=1--&cursor=%27;DROP%20TABLE%20line;--", invalid),
            get("an unknown parameter", "/api/v1/connections?nmae=x", invalid),
            get("an empty parameter", "/api/v1/connectors/sandbox/config?client=", invalid),
            get("a parameter twice", "/api/v1/connections?limit=1&limit=2", invalid),
            get("a limit too large", "/api/v1/connections?limit=201", invalid),
            get("a limit of letters", "/api/v1/connections?limit=ten", invalid),
            get("a broken escape", "/api/v1/connections?name=%zz", malformed),
            get("an escape that is no UTF-8", "/api/v1/connections?name=%ff", malformed),
            get("a forged cursor", "/api/v1/connections?cursor=AAAA", invalid),
            get("an unknown status", "/api/v1/connections?status=fine", invalid),
            get("a forged event cursor", "/api/v1/events?after=e99999999999999999999", invalid, [], token: service),
            get(
                "a made-up event cursor", "/api/v1/events?after=\(String(repeating: "A", count: 48))", invalid, [],
                token: service),
            get(
                "a forged Last-Event-ID", "/api/v1/events", invalid,
                ["Accept: text/event-stream", "Last-Event-ID: 7"], token: service),
            get(
                "a limit on a stream", "/api/v1/events?limit=5", invalid, ["Accept: text/event-stream"], token: service
            ),
            get(
                "min_validity below zero", "/api/v1/connections/conn_x/token?min_validity=-5", invalid, [],
                token: service),
            get("a callback as API", "/api/v1/oauth/callback?state=x", ["not_found"]),
        ]
        let heads: [Case] = [
            Case(
                name: "DELETE on a list", bytes: request("DELETE", "/api/v1/connections"), codes: ["method_not_allowed"]
            ),
            Case(name: "PATCH", bytes: request("PATCH", "/api/v1/connectors/sandbox"), codes: ["method_not_allowed"]),
            Case(
                name: "TRACE", bytes: request("TRACE", "/api/v1/connectors"),
                codes: ["method_not_allowed"]),
            Case(
                name: "a made-up method", bytes: request("BREW", "/api/v1/connectors"),
                codes: ["method_not_allowed", "not_found", "malformed"]),
            get("no token", "/api/v1/connectors", ["unauthenticated"], [], token: nil),
            get("two tokens", "/api/v1/connectors", ["unauthenticated"], ["Authorization: Bearer x.y.z"]),
            get("Basic", "/api/v1/connectors", ["unauthenticated"], ["Authorization: Basic YTpi"], token: nil),
            get(
                "alg none", "/api/v1/connectors", ["unauthenticated"], [],
                token: "eyJhbGciOiJub25lIn0.eyJvcmdJZCI6Im9yZy0xIn0."),
            get(
                "a token of 9 KiB", "/api/v1/connectors", ["unauthenticated", "malformed"], [],
                token: String(repeating: "t", count: 9000)),
            get("a cut token", "/api/v1/connectors", ["unauthenticated"], [], token: String(token.dropLast(3))),
            get(
                "two organizations", "/api/v1/connectors", invalid, ["X-Organization: org-1", "X-Organization: org-2"]),
            get("another's organization", "/api/v1/connectors", ["forbidden"], ["X-Organization: org-2"]),
            get(
                "70 KiB of headers", "/api/v1/connectors", malformed,
                (0..<70).map { "X-\($0): \(String(repeating: "h", count: 1000))" }),
            get("1,000 headers", "/api/v1/connectors", malformed, (0..<1000).map { "X-\($0): h" }),
            raw(
                "two lengths",
                "POST \(authorize) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
                malformed),
            raw(
                "a length of letters", "POST \(authorize) HTTP/1.1\r\nHost: x\r\nContent-Length: two\r\n\r\n{}",
                malformed),
            raw(
                "a length below zero", "POST \(authorize) HTTP/1.1\r\nHost: x\r\nContent-Length: -2\r\n\r\n{}",
                malformed),
            raw("a space before the colon", "GET /ready HTTP/1.1\r\nHost : x\r\n\r\n", malformed),
            raw("a NUL in a header", "GET /ready HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n", malformed),
            raw("no HTTP", "hello\r\n\r\n", malformed),
            raw("TLS", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}\r\n\r\n", malformed),
            raw(
                "an idempotency key twice",
                "POST \(authorize) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer \(token)\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 0\r\n\r\n",
                invalid),
            raw(
                "a long idempotency key",
                "POST \(authorize) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer \(token)\r\nIdempotency-Key: \(String(repeating: "k", count: 300))\r\nContent-Length: 0\r\n\r\n",
                invalid),
            raw(
                "length and chunks",
                "POST \(authorize) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                malformed),
        ]
        return bodies + paths + heads
    }
}
