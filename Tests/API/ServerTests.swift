import Foundation
import HTTPTypes
import Model
import NIOCore
import Pipeline
import Synchronization
import Telemetry
import Testing

@testable import API

@Suite struct ServerTests {
    /// Routes that show what arrives, beside the real ones' shapes.
    private static func routes(_ runs: Runs = Runs()) -> [Route] {
        [
            .on(.get, "/api/v1/connections/{id}/token") { call, caller in
                let id = try call.connection()
                let name = try call.query("name").text("name") ?? "default"
                return .json { json in
                    json.object {
                        $0.member("id", id.description)
                        $0.member("name", name)
                        $0.member("caller", caller.name)
                    }
                }
            },
            .on(.post, "/api/v1/connections/{id}/refresh") { call, caller in
                let (id, force) = (try call.connection(), try call.fields { $0.flag("force") })
                return .json { json in
                    json.object {
                        $0.member("id", id.description)
                        $0.member("force", force.map { $0 ? "yes" : "no" })
                        $0.member("caller", caller.name)
                    }
                }
            },
            .on(.post, "/api/v1/things") { call, _ in
                let run = runs.next()
                let name = try call.fields { $0.requiredText("name") }
                if name == "busy" { throw PipelineError(.refreshInProgress, "Busy.", retryAfter: .seconds(3)) }
                return .json(.created) { json in
                    json.object {
                        $0.member("name", name)
                        $0.member("run", Int64(run))
                    }
                }
            },
            .on(.get, "/api/v1/broken") { _, _ in throw Leak() },
            .browser("/oauth/callback") { _ in throw PipelineError(.invalidState, "canary-detail") },
            .open(.get, "/ping") { _ in .text("pong") },
        ]
    }

    private static func bearer(_ claims: [String: Any] = Tokens.user) throws -> [(String, String)] {
        [("Authorization", "Bearer " + (try Tokens.make(claims)))]
    }

    @Test func aKnownCallerIsAnswered() async throws {
        try await TestServer.run(Self.routes()) { server in
            let reply = await server.http.get("/api/v1/connections/conn_1/token?name=bot", try Self.bearer())
            #expect(reply.status == 200 && reply.header("content-type") == "application/json")
            #expect(reply.json as? [String: String] == ["id": "conn_1", "name": "bot", "caller": "user:u-1"])
            #expect(reply.header("cache-control") == "no-store")
            #expect(reply.header("x-request-id")?.hasPrefix("req_") == true)
            #expect(reply.isClosed)
            #expect(await server.http.get("/ping").body == "pong")
        }
    }

    @Test("the hot path answers as the framework's way does, head and all")
    func theHotPathIsNoOtherWay() async throws {
        try await TestServer.run(Self.routes()) { server in
            for headers in [try Self.bearer(), []] {
                // The second has a slash at the end: not the template to the byte, and yet the same route.
                let (hot, cold) = (
                    await server.http.get("/api/v1/connections/conn_1/token", headers + [("X-Request-ID", "r-1")]),
                    await server.http.get("/api/v1/connections/conn_1/token/", headers + [("X-Request-ID", "r-1")])
                )
                #expect(hot.status == cold.status && hot.headerNames == cold.headerNames)
                #expect(hot.headerNames.contains("date") && hot.headerNames.contains("content-length"))
                #expect(hot.body.replacing("token\"", with: "token/\"") == cold.body || hot.body == cold.body)
                #expect(hot.isClosed && cold.isClosed)
            }
            let lines = server.log.text.split(separator: "\n").filter { $0.contains("request_id=r-1") }
            #expect(lines.count == 4 && lines.allSatisfy { $0.contains("route=/api/v1/connections/{id}/token") })
            for path in ["/api/v1/connections//token", "/api/v1/connections/a/b/token", "/api/v1/connections/a/tokens"]
            {
                #expect(await server.http.get(path, try Self.bearer()).code == "not_found", "\(path)")
            }
            #expect(await server.http.send("PUT", "/api/v1/connections/a/token").code == "method_not_allowed")
        }
    }

    @Test("the hot path to a refresh answers as the framework's way does, body and all")
    func theHotPathToARefresh() async throws {
        try await TestServer.run(Self.routes()) { server in
            for (headers, body) in [(try Self.bearer(), #"{"force":true}"#), (try Self.bearer(), "[]"), ([], "{}")] {
                let path = "/api/v1/connections/conn_1/refresh"
                let hot = await server.http.post(path, body, headers)
                let cold = await server.http.post(path + "/", body, headers)
                #expect(hot.status == cold.status && hot.headerNames == cold.headerNames)
                #expect(hot.json["force"] as? String == (body.contains("true") ? "yes" : nil))
                #expect(hot.isClosed && cold.isClosed)
            }
            #expect(await server.http.send("PUT", "/api/v1/connections/a/refresh").code == "method_not_allowed")
        }
    }

    @Test("RFC 3986 §6.2.2.2: what need not be encoded means the same when it is; nothing else becomes another path")
    func encodedPaths() async throws {
        try await TestServer.run(Self.routes()) { server in
            for path in ["/%61pi/v1/%63onnections/conn%5F1/toke%6e", "/api/v1/connections/c%6F%6Ed%2D1/token/"] {
                let reply = await server.http.get(path + "?name=%62ot", try Self.bearer())
                #expect(reply.status == 200 && reply.json["name"] as? String == "bot", "\(path): \(reply.body)")
            }
            let hot = await server.http.get("/api/v1/connections/c%6Fnn~1%7e/token", try Self.bearer())
            #expect(hot.json["id"] as? String == "conn~1~", "\(hot.body)")
            let post = await server.http.post("/api/v1/thing%73", #"{"name":"a"}"#, try Self.bearer())
            #expect(post.status == 201 && post.json["name"] as? String == "a", "its body comes along: \(post.body)")
            for path in [
                "/api%2Fv1/things", "/api/v1/connections/a%2Ftoken", "/api/v1/connections/%2e%2e/token", "/ping%3F",
                "/pin%2567", "/ping%", "/ping%0", "/pin%6", "/pin%g7", "/ping%00", "/pi%C3%A9ng",
            ] {
                #expect(await server.http.get(path, try Self.bearer()).code == "not_found", "\(path)")
            }
            #expect(await server.http.send("PUT", "/api/v1/thing%73", try Self.bearer()).code == "method_not_allowed")
        }
    }

    @Test func requestIDsAreAllDifferent() {
        let ids = (0..<20_000).map { _ in RequestMarks.makeID() }
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { $0.wholeMatch(of: /req_[0-9a-f]{32}/) != nil })
        // Neighbours do not look like a count.
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0.suffix(16).prefix(8) != $1.suffix(16).prefix(8) })
    }

    @Test func unknownCallersAreChallenged() async throws {
        try await TestServer.run(Self.routes()) { server in
            let none = await server.http.get("/api/v1/connections/conn_1/token")
            #expect(none.status == 401 && none.code == "unauthenticated")
            #expect(none.header("www-authenticate") == #"Bearer realm="token-manager""#)
            let wrong = await server.http.get("/api/v1/connections/conn_1/token", [("Authorization", "Bearer x.y.z")])
            #expect(wrong.header("www-authenticate") == #"Bearer realm="token-manager", error="invalid_token""#)
            // The body is not read for somebody unknown.
            #expect(await server.http.post("/api/v1/things", "no json").code == "unauthenticated")
        }
    }

    @Test func whatDoesNotExistIsAProblem() async throws {
        try await TestServer.run(Self.routes()) { server in
            for path in ["/", "/api/v1/nothing", "/api/v1/connections/conn_1", "/API/v1/things", "/ping/x"] {
                let reply = await server.http.get(path, try Self.bearer())
                #expect(reply.status == 404 && reply.code == "not_found", "\(path)")
                #expect(
                    reply.header("content-type") == "application/problem+json"
                        && reply.json["instance"] as? String == path)
            }
            for id in ["a%20b", "%2e%2e", "a;b", String(repeating: "i", count: 129)] {
                #expect(await server.http.get("/api/v1/connections/\(id)/token", try Self.bearer()).code == "not_found")
            }
            let reply = await server.http.send("PUT", "/api/v1/things", try Self.bearer())
            #expect(reply.status == 405 && reply.code == "method_not_allowed" && reply.header("allow") == "POST")
            #expect(await server.http.send("PURGE", "/ping").code == "not_found")
            #expect(await server.http.send("BREW", "/ping").code == "malformed")
        }
    }

    @Test("SECURITY 43: bodies are JSON, whole, and within limits")
    func bodies() async throws {
        try await TestServer.run(Self.routes()) { server in
            let bearer = try Self.bearer()
            func post(_ body: String?, type: String? = "application/json") async -> RawReply {
                await server.http.post("/api/v1/things", body, bearer, type: type)
            }
            #expect(await post(#"{"name":"a"}"#).status == 201)
            #expect(await post(#"{"name":"a"}"#, type: "Application/JSON; charset=utf-8").status == 201)
            for type in [nil, "text/plain", "application/jsonx", "application/x-www-form-urlencoded"] {
                #expect(await post(#"{"name":"a"}"#, type: type).code == "unsupported_media_type")
            }
            #expect(await post("{").code == "malformed")
            let missing = await post(nil)
            #expect(missing.status == 422 && missing.code == "invalid_input")
            #expect(missing.json["errors"] as? [[String: String]] == [["field": "name", "detail": "missing"]])
            let large = await post("{\"name\":\"" + String(repeating: "n", count: 1 << 20) + "\"}")
            #expect(large.status == 413 && large.code == "payload_too_large" && large.header("connection") == "close")
            let busy = await post(#"{"name":"busy"}"#)
            #expect(busy.status == 503 && busy.header("retry-after") == "3")
        }
    }

    @Test("SECURITY 43: a body without announced length is limited too")
    func chunkedBodies() async throws {
        try await TestServer.run(Self.routes()) { server in
            let token = try Tokens.make(Tokens.user)
            let head =
                "POST /api/v1/things HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
                + "Authorization: Bearer \(token)\r\nTransfer-Encoding: chunked\r\n\r\n"
            let fine = await server.http.send(raw: head + "c\r\n{\"name\":\"a\"}\r\n0\r\n\r\n")
            #expect(fine.status == 201)
            let chunk = "10000\r\n" + String(repeating: " ", count: 65_536) + "\r\n"
            let large = await server.http.send(raw: head + String(repeating: chunk, count: 20) + "0\r\n\r\n")
            #expect(large.status == 413)
            #expect(await server.http.send(raw: head + "0\r\n\r\n").code == "malformed")
            let broken = await server.http.send(raw: head + "zz\r\n")
            #expect(broken.code == "malformed" && broken.isClosed)
            #expect(String(decoding: broken.bytes, as: UTF8.self).components(separatedBy: "HTTP/1.1 ").count == 2)
        }
    }

    @Test("RFC 9110 §10.1.1: who waits to be asked for the body is asked, and then answered")
    func expectedContinue() async throws {
        try await TestServer.run(Self.routes()) { server in
            let headers = [("Authorization", "Bearer \(try Tokens.make(Tokens.user))"), ("Expect", "100-continue")]
            let reply = await server.http.post("/api/v1/things", #"{"name":"a"}"#, headers)
            let answers = String(decoding: reply.bytes, as: UTF8.self).components(separatedBy: "HTTP/1.1 ")
            #expect(answers.count == 3 && answers[1] == "100 Continue\r\n\r\n", "\(answers)")
            #expect(answers.last?.hasPrefix("201 ") == true && reply.isClosed, "\(answers)")
        }
    }

    @Test("RFC 9112 §9.3: the connection ends after the answer where the request says so in any way, and with HTTP/1.0")
    func lastRequests() async throws {
        try await TestServer.run(Self.routes()) { server in
            for head in [
                "GET /ping HTTP/1.0\r\n", "GET /ping HTTP/1.0\r\nConnection: keep-alive\r\n",
                "GET /ping HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n",
                "GET /ping HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, CLOSE\r\n",
                "GET /ping HTTP/1.1\r\nHost: x\r\nConnection: te\r\nConnection: close\r\n",
            ] {
                let reply = await server.http.send(raw: head + "\r\n")
                #expect(reply.status == 200 && reply.body == "pong" && reply.isClosed, "\(head): \(reply.body)")
            }
        }
    }

    @Test("RFC 9112 §6.1: a transfer coding that nobody undoes is refused, not read as if it were undone")
    func transferCodings() async throws {
        try await TestServer.run(Self.routes()) { server in
            for (codings, status) in [
                ("chunked", 201), ("Chunked", 201), ("gzip, chunked", 415), ("identity, chunked", 415),
            ] {
                let headers = try Self.bearer().map { "\($0.0): \($0.1)\r\n" }.joined()
                let reply = await server.http.send(
                    raw: "POST /api/v1/things HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers
                        + "Content-Type: application/json\r\nTransfer-Encoding: \(codings)\r\n\r\n"
                        + "c\r\n{\"name\":\"a\"}\r\n0\r\n\r\n")
                #expect(reply.status == status && reply.isClosed, "\(codings): \(reply.body)")
            }
        }
    }

    @Test("a body in a coding is refused by its name, before it is taken for broken JSON")
    func contentEncoding() async throws {
        try await TestServer.run(Self.routes()) { server in
            for (coding, status) in [
                ("gzip", 415), ("identity, br", 415), ("x", 415), ("identity", 201), ("Identity , identity", 201),
                ("", 201),
            ] {
                let headers = try Self.bearer() + [("Content-Encoding", coding)]
                let reply = await server.http.post("/api/v1/things", #"{"name":"a"}"#, headers)
                #expect(reply.status == status && reply.isClosed, "\(coding): \(reply.body)")
                guard status == 415 else { continue }
                #expect(reply.code == "unsupported_media_type")
                #expect((reply.json["detail"] as? String)?.contains("without Content-Encoding") == true)
            }
        }
    }

    @Test("a callback that is too large is answered before its route is known: as JSON, which the document says")
    func overlongCallback() async throws {
        try await TestServer.run(Self.routes()) { server in
            let code = String(repeating: "c", count: 5000)
            let reply = await server.http.get("/oauth/callback?state=s&code=\(code)")
            #expect(reply.status == 400 && reply.code == "malformed" && reply.isClosed)
            let operation = try #require(Operations.all.first { $0.id == "finishInBrowser" })
            for problem in operation.problemAnswers {
                let json = problem.status == 400 ? reply.header("content-type").map { [$0] } ?? [] : []
                #expect(problem.json["content"]?.members.map(\.name) == ["text/html"] + json, "\(problem.name)")
            }
        }
    }

    @Test func nobodyUnknownCanMakeTheHostRead() async throws {
        try await TestServer.run(Self.routes()) { server in
            let head = "POST /api/v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n"
            let reply = await server.http.send(raw: head + String(repeating: "x", count: 1000))
            #expect(reply.code == "unauthenticated" && reply.header("connection") == "close" && reply.isClosed)
            let get = await server.http.send(
                raw: "GET /ping HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")
            #expect(get.status == 200 && get.isClosed)
        }
    }

    @Test func theCallersRequestIDIsKeptIfItIsOne() async throws {
        try await TestServer.run(Self.routes()) { server in
            let reply = await server.http.get("/api/v1/nothing", [("X-Request-ID", "abc-1")])
            #expect(reply.header("x-request-id") == "abc-1" && reply.json["request_id"] as? String == "abc-1")
            for wrong in ["a b", String(repeating: "x", count: 129), "é"] {
                let reply = await server.http.get("/ping", [("X-Request-ID", wrong)])
                #expect(reply.header("x-request-id")?.hasPrefix("req_") == true)
            }
            let twice = await server.http.get("/ping", [("X-Request-ID", "a"), ("X-Request-ID", "b")])
            #expect(twice.header("x-request-id")?.hasPrefix("req_") == true)
        }
    }

    @Test func headersBeyondTheLimitAreRefused() async throws {
        var configuration = Tokens.configuration
        configuration.readBufferSize = 2048
        try await TestServer.run(Self.routes(), configuration: configuration) { server in
            #expect(await server.http.get("/ping", [("X-Pad", String(repeating: "p", count: 1500))]).status == 200)
            let large = await server.http.get("/ping", [("X-Pad", String(repeating: "p", count: 2500))])
            #expect(large.status == 400 && large.code == "malformed" && large.isClosed)
            let many = await server.http.get("/ping", (0..<120).map { ("h\($0)", "v") })
            #expect(many.status == 400)
        }
    }

    @Test(arguments: [
        "hello\r\n\r\n", "GET /ping HTTP/9.9\r\n\r\n", "GET  /ping HTTP/1.1\r\nBad Header: x\r\n\r\n",
        "POST /api/v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /api/v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    ])
    func whatIsNoRequestIsAnsweredAndCutOff(_ text: String) async throws {
        try await TestServer.run(Self.routes()) { server in
            let reply = await server.http.send(raw: text)
            #expect(reply.status == 400 && reply.isClosed)
            #expect(reply.header("x-request-id")?.hasPrefix("req_") == true)
            #expect(reply.header("cache-control") == "no-store")
            #expect(await server.http.get("/ping").body == "pong")
        }
    }

    @Test(
        "RFC 9112 §3.2: a request names its host once, and rightly; one of HTTP/1.0 need not",
        arguments: [
            ("1.1", [], 400), ("1.1", ["Host: a", "Host: a"], 400), ("1.1", ["host: a", "X-A: b", "HOST: b"], 400),
            ("1.0", ["Host: a", "Host: b"], 400), ("1.1", ["Host: a, b"], 400), ("1.1", ["Host: a/b"], 400),
            ("1.1", ["Host: u@a"], 400), ("1.1", ["Host: a?b"], 400), ("1.1", ["Hosts: a"], 400),
            ("1.1", ["Host: "], 200), ("1.1", ["hOST: a.example:8443"], 200), ("1.1", ["Host: [::1]:80"], 200),
            ("1.1", ["Host: \t a_b "], 200), ("1.0", [], 200), ("1.0", ["Host: a"], 200),
        ])
    func hosts(_ version: String, _ headers: [String], _ status: Int) async throws {
        try await TestServer.run(Self.routes()) { server in
            let token = "Authorization: Bearer \(try Tokens.make(Tokens.user))"
            for path in ["/ping", "/api/v1/connections/conn_1/token", "http://a/ping"] {
                let lines = ["GET \(path) HTTP/\(version)"] + headers + [token, "Connection: close", "", ""]
                let reply = await server.http.send(raw: lines.joined(separator: "\r\n"))
                #expect(reply.status == status && reply.isClosed, "\(path): \(reply.body)")
                guard status == 400 else { continue }
                #expect(reply.code == "malformed" && reply.header("content-type") == "application/problem+json")
                #expect(reply.header("x-request-id") == reply.json["request_id"] as? String)
                #expect((reply.json["detail"] as? String)?.contains("exactly one Host header") == true)
            }
        }
    }

    @Test func aRequestWithoutHostIsAnsweredInItsTurn() async throws {
        try await TestServer.run(Self.routes()) { server in
            let good = "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"
            let last = "GET /ping HTTP/1.1\r\nConnection: close\r\n\r\n"
            let reply = await server.http.send(raw: good + last)
            let answers = String(decoding: reply.bytes, as: UTF8.self).components(separatedBy: "HTTP/1.1 ")
            #expect(answers.dropFirst().map { $0.prefix(3) } == ["200", "400"] && reply.isClosed)
        }
    }

    @Test func aConnectionServesManyRequests() async throws {
        try await TestServer.run(Self.routes()) { server in
            let one = "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"
            let last = "GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let reply = await server.http.send(raw: one + one + last)
            #expect(String(decoding: reply.bytes, as: UTF8.self).components(separatedBy: "pong").count == 4)
        }
    }

    @Test("RFC 9110 §9.3.2: no answer to HEAD has a body, whoever gives it; the next answer comes right after its head")
    func headHasNoBody() async throws {
        try await TestServer.run(Self.routes()) { server in
            let last = "GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            for (path, host, status) in [
                ("/ping", "Host: x", "405"), ("/api/v1/connections/conn_1/token", "Host: x", "405"),
                ("/oauth/callback", "Host: x", "405"), ("/api/v1/nothing", "Host: x", "404"),
                ("/ping", "X-A: b", "400"),
            ] {
                let head = "HEAD \(path) HTTP/1.1\r\n\(host)\r\n\r\n"
                let reply = await server.http.send(raw: head + head + last)
                let answers = String(decoding: reply.bytes, as: UTF8.self).components(separatedBy: "HTTP/1.1 ")
                #expect(answers.dropFirst().map { $0.prefix(3) } == [Substring(status), Substring(status), "200"])
                for answer in answers.dropFirst().dropLast() {
                    // Nothing behind the empty line, which is the only one.
                    #expect(answer.components(separatedBy: "\r\n\r\n").dropFirst() == [""], "\(path): \(answer)")
                    #expect(answer.lowercased().contains("content-length: "), "as long as it would be")
                }
                #expect(answers.last?.hasSuffix("\r\n\r\npong") == true && reply.isClosed)
            }
            let sizes = #"token_manager_http_response_size_bytes_sum{route="/ping",method="other"} 0"#
            #expect(server.registry.text().contains(sizes), "what is not sent is not counted")
        }
    }

    @Test func aRepeatedKeyRepeatsTheAnswer() async throws {
        let runs = Runs()
        try await TestServer.run(Self.routes(runs)) { server in
            func post(_ name: String, key: String?, _ claims: [String: Any] = Tokens.user) async throws -> RawReply {
                let headers = try Self.bearer(claims) + (key.map { [("Idempotency-Key", $0)] } ?? [])
                return await server.http.post("/api/v1/things", "{\"name\":\"\(name)\"}", headers)
            }
            let first = try await post("a", key: "k1")
            let again = try await post("a", key: "k1")
            #expect(first.status == 201 && again.status == 201 && first.body == again.body && runs.count == 1)
            #expect(
                again.header("idempotency-replayed") == "true" && again.header("content-type") == "application/json")
            _ = try await post("a", key: "k2")
            _ = try await post("a", key: nil)
            _ = try await post("a", key: "k1", Tokens.user(["userId": "u-2"]))
            #expect(runs.count == 4)
            #expect(try await post("busy", key: "k3").status == 503)
            #expect(try await post("busy", key: "k3").status == 503)
            #expect(runs.count == 6, "a failure is not kept")
            #expect(try await post("a", key: "k 1").code == "invalid_input")
        }
    }

    @Test("the second of two calls with one new key waits for the first one's answer, and does nothing itself")
    func oneKeyAtOnce() async throws {
        let runs = Runs()
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let isHeld = Mutex(true)
        let route = Route.on(.post, "/api/v1/things") { _, _ in
            let run = runs.next()
            begin.yield()
            while isHeld.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
            return .json(.created) { json in json.object { $0.member("run", Int64(run)) } }
        }
        try await TestServer.run([route]) { server in
            let headers = try Self.bearer() + [("Idempotency-Key", "k1")]
            async let first = server.http.post("/api/v1/things", nil, headers)
            for await _ in begun { break }
            let second = try #require(RawConnection(port: server.http.port))
            let head = headers.map { "\($0.0): \($0.1)\r\n" }.joined()
            let text = "POST /api/v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\(head)\r\n"
            #expect(await second.ask(text, within: 300).bytes.isEmpty)
            isHeld.withLock { $0 = false }
            let (answer, original) = (await second.ask(""), await first)
            #expect(answer.status == 201 && answer.header("idempotency-replayed") == "true")
            #expect(answer.body == original.body && original.status == 201 && runs.count == 1)
        }
    }

    @Test func anAnswerThatCannotBeKeptIsStillGiven() async throws {
        let broken = AnswerStore(find: { _, _, _, _ in nil }, keep: { _, _, _, _, _, _ in throw Leak() })
        try await TestServer.run(Self.routes(), answers: broken) { server in
            let headers = try Self.bearer() + [("Idempotency-Key", "k")]
            #expect(await server.http.post("/api/v1/things", #"{"name":"a"}"#, headers).status == 201)
        }
    }

    @Test("a call that has brought nothing to keep is given up, so that another host may run it; a kept one is not")
    func aFailureGivesItsTurnUp() async throws {
        let given = Mutex<[String]>([])
        let answers = AnswerStore(
            find: { _, _, _, _ in nil }, keep: { _, _, _, _, _, _ in },
            giveUp: { key, _, _ in given.withLock { $0.append(key) } })
        try await TestServer.run(Self.routes(), answers: answers) { server in
            for (key, name, status) in [("k1", "a", 201), ("k2", "busy", 503)] {
                let headers = try Self.bearer() + [("Idempotency-Key", key)]
                #expect(
                    await server.http.post("/api/v1/things", "{\"name\":\"\(name)\"}", headers).status == status)
            }
            #expect(given.withLock { $0 } == ["k2"])
        }
    }

    @Test("SECURITY 11: a browser's failure is a page that reflects nothing")
    func browserFailures() async throws {
        try await TestServer.run(Self.routes()) { server in
            let reply = await server.http.get(
                "/oauth/callback?code=canary-code&state=%3Cscript%3Ecanary&error_description=canary")
            #expect(reply.status == 422 && reply.header("content-type") == "text/html; charset=utf-8")
            #expect(!String(decoding: reply.bytes, as: UTF8.self).contains("canary"))
            #expect(reply.header("cache-control") == "no-store" && reply.header("referrer-policy") == "no-referrer")
        }
    }

    @Test("SECURITY 12, 56: log and metrics hold no token, no query and no id")
    func nothingLeaksIntoLogAndMetrics() async throws {
        try await TestServer.run(Self.routes()) { server in
            let bearer = try Self.bearer()
            let headers =
                bearer + [
                    ("Cookie", "tm-flow=canary-cookie"), ("X-Request-ID", "rid-1"),
                    ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
                ]
            _ = await server.http.get("/api/v1/connections/conn_7/token?name=canary-name", headers)
            _ = await server.http.get("/oauth/callback?code=canary-code&state=canary-state", headers)
            _ = await server.http.get("/canary-path/x?canary=1", headers)
            _ = await server.http.get("/api/v1/broken", headers)
            _ = await server.http.post("/api/v1/things", #"{"name":"canary-body"}"#, headers)
            let (log, metrics) = (server.log.text, server.registry.text())
            for text in [log, metrics] {
                #expect(!text.contains("canary") && !text.contains(bearer[0].1.suffix(20)))
            }
            #expect(
                log.contains("route=/api/v1/connections/{id}/token") && log.contains("request_id=rid-1")
                    && log.contains("org=org-1"))
            #expect(log.contains("connection=conn_7") && log.contains("caller=user:u-1") && log.contains("status=200"))
            #expect(log.contains("trace_id=4bf92f3577b34da6a3ce929d0e0e4736") && log.contains("defect=APITests.Leak"))
            #expect(
                metrics.contains(
                    #"token_manager_http_requests_total{route="/api/v1/connections/{id}/token",method="GET",status="200"} 1"#
                ))
            #expect(
                metrics.contains(#"token_manager_http_requests_total{route="unmatched",method="any",status="404"} 1"#))
            #expect(
                metrics.contains(#"token_manager_http_request_size_bytes_sum{route="/api/v1/things",method="POST"} 22"#)
            )
            #expect(!metrics.contains("conn_7"))
            // What was asked, and nothing of what might be.
            #expect(metrics.utf8.count < 32_768 && !metrics.contains(#"method="DELETE""#), "\(metrics.utf8.count)")
            for method in ["DELETE", "PATCH", "TRACE"] {
                _ = await server.http.send(method, "/api/v1/things", headers)
            }
            let refused =
                #"token_manager_http_requests_total{route="/api/v1/things",method="other",status="405"} 3"#
            #expect(server.registry.text().contains(refused))
        }
    }

    @Test func theAccessLogCanBeTurnedOff() async throws {
        var configuration = Tokens.configuration
        configuration.logHTTPRequests = false
        try await TestServer.run(Self.routes(), configuration: configuration) { server in
            _ = await server.http.get("/ping")
            #expect(!server.log.text.contains("route=/ping"))
        }
    }

    @Test func metricsAreServedAsText() async throws {
        let registry = MetricsRegistry()
        let log = LogLines()
        try await TestServer.running({ listening in
            makeMetricsServer(
                gauges: { [("spool_entries", [], 2)] }, configuration: Tokens.configuration, registry: registry,
                logger: log.logger(),
                onListening: listening)
        }) { port in
            let reply = await RawHTTP(port: port).get("/metrics")
            #expect(reply.status == 200 && reply.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
            #expect(reply.body.contains("token_manager_spool_entries 2\n"))
            for path in ["/metrics", "/nothing"] {
                let head = await RawHTTP(port: port).send("HEAD", path)
                #expect((400..<500).contains(head.status ?? 0) && head.body.isEmpty && head.isClosed, "\(path)")
            }
        }
    }
}

/// How often a handler ran.
final class Runs: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func next() -> Int {
        value.withLock {
            $0 += 1
            return $0
        }
    }
}

struct Leak: Error, CustomStringConvertible { let description = "canary-error" }
