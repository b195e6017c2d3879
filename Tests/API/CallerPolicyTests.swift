import ConnectorSDK
import Foundation
import HTTPTypes
import NIOCore
import Synchronization
import Testing

@testable import API

/// `CALLER_RATE_LIMIT` and `DEBUG_REQUESTS_*` at a server.
@Suite struct CallerPolicyTests {
    private static let routes: [Route] = [
        .on(.get, "/api/v1/connections/{id}/token") { _, _ in .text("token") },
        .on(.post, "/api/v1/things") { call, _ in .text("\(call.body.readableBytes)") },
        .browser("/oauth/callback") { _ in .text("page") },
        .open(.get, "/live") { _ in .text("live") },
    ]
    private static let hot = "/api/v1/connections/canary-id/token"

    private static func bearer(_ changes: [String: Any?] = [:]) throws -> [(String, String)] {
        [("Authorization", "Bearer " + (try Tokens.make(Tokens.user(changes))))]
    }

    private static func debugLines(_ server: TestServer) -> [String] {
        server.log.text.split(separator: "\n").map(String.init).filter { $0.hasPrefix("debug debug request ") }
    }

    private static func run(
        _ change: (inout APIConfiguration) -> Void, _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        var configuration = Tokens.configuration
        change(&configuration)
        try await TestServer.run(routes, configuration: configuration, body)
    }

    @Test("SECURITY 38: a caller above its rate gets 429 with Retry-After; others, probes and browsers do not")
    func limit() async throws {
        try await Self.run {
            $0.callerRateLimit = RateLimit(count: 3, per: .seconds(3600))
        } _: { server in
            for _ in 0..<3 { #expect(await server.http.get(Self.hot, try Self.bearer()).status == 200) }
            let refused = await server.http.get(Self.hot, try Self.bearer())
            #expect(refused.status == 429 && refused.code == "caller_rate_limited")
            #expect(refused.json["retryable"] as? Bool == true)
            // A twentieth of a day for three requests: each takes 1200 s.
            #expect((1190...1200).contains(Int(refused.header("retry-after") ?? "") ?? 0))
            // Before the body is read: what was announced never comes, and the answer is there all the same.
            let early = await server.http.send(
                "POST", "/api/v1/things",
                try Self.bearer() + [("Content-Type", "application/json"), ("Content-Length", "1000")])
            #expect(early.status == 429 && early.isClosed)
            #expect(await server.http.get(Self.hot, try Self.bearer(["userId": "u-2"])).status == 200)
            #expect(await server.http.get(Self.hot, try Self.bearer(["orgId": "org-2"])).status == 200)
            for _ in 0..<5 {
                #expect(await server.http.get("/live").status == 200)
                #expect(await server.http.get("/oauth/callback").status == 200)
                #expect(await server.http.get(Self.hot).status == 401)
            }
        }
    }

    @Test("a request that asks for it gets a line of its own, whatever LOG_LEVEL is, and no value of a header is in it")
    func debugLine() async throws {
        try await Self.run {
            $0.allowsDebugRequests = true
            $0.logHTTPRequests = false
        } _: { server in
            let headers = try Self.bearer() + [("X-Debug-Request", "true"), ("X-Other", "canary-value")]
            #expect(await server.http.get(Self.hot + "?canary-query=1", headers).status == 200)
            let line = try #require(Self.debugLines(server).first)
            for part in [
                "method=GET", "route=/api/v1/connections/{id}/token", "status=200", "request_bytes=0",
                "response_bytes=5",
                "duration_ms=", "caller_ms=", "handler_ms=", "request_headers=authorization connection",
                "x-debug-request x-other",
                "x-request-id",
            ] { #expect(line.contains(part), "\(part)") }
            let token = try Self.bearer()[0].1.split(separator: ".")
            for secret in ["canary-value", "canary-query", String(token[1]), String(token[2])] {
                #expect(!line.contains(secret), "\(secret)")
            }
        }
    }

    @Test("without being allowed, or asked for in another way, there is no line") func noDebugLine() async throws {
        try await Self.run {
            $0.logHTTPRequests = false
        } _: { server in
            _ = await server.http.get(Self.hot, try Self.bearer() + [("X-Debug-Request", "true")])
            #expect(Self.debugLines(server).isEmpty)
        }
        try await Self.run {
            $0.allowsDebugRequests = true
            $0.logHTTPRequests = false
        } _: { server in
            for value in ["false", "1", ""] {
                _ = await server.http.get(Self.hot, try Self.bearer() + [("X-Debug-Request", value)])
            }
            _ = await server.http.get(Self.hot, try Self.bearer())
            #expect(Self.debugLines(server).isEmpty)
        }
    }

    @Test("where it is required, a known caller's request without it is refused; probes and browsers are not")
    func required() async throws {
        try await Self.run {
            $0.requiresDebugRequests = true
        } _: { server in
            let refused = await server.http.get(Self.hot, try Self.bearer())
            #expect(refused.status == 403 && refused.code == "forbidden")
            #expect(await server.http.get(Self.hot).status == 401)
            #expect(await server.http.get(Self.hot, try Self.bearer() + [("X-Debug-Request", "true")]).status == 200)
            #expect(await server.http.get("/live").status == 200)
            #expect(await server.http.get("/oauth/callback").status == 200)
            #expect(Self.debugLines(server).count == 1)
        }
    }
    @Test("rules change while the server runs; who has used up a limit that stays as it is has used it up")
    func changes() async throws {
        try await Self.run {
            $0.callerRateLimit = RateLimit(count: 1, per: .seconds(3600))
            $0.logHTTPRequests = false
        } _: { server in
            @Sendable func expect(_ statuses: Int..., sending more: [(String, String)] = []) async throws {
                for status in statuses {
                    let answer = await server.http.get(Self.hot, try Self.bearer() + more)
                    #expect(answer.status == status)
                }
            }
            try await expect(200, 429)
            var changed = Tokens.configuration
            changed.callerRateLimit = RateLimit(count: 1, per: .seconds(3600))
            changed.requiresDebugRequests = true
            server.rules.change(to: changed)
            #expect(!server.log.text.contains("info request "), "nothing was logged before")
            try await expect(403)
            #expect(server.log.text.contains("info request "))
            try await expect(429, sending: [("X-Debug-Request", "true")])
            changed.requiresDebugRequests = false
            changed.callerRateLimit = RateLimit(count: 2, per: .seconds(3600))
            server.rules.change(to: changed)
            try await expect(200, 200, 429)
            changed.callerRateLimit = nil
            server.rules.change(to: changed)
            try await expect(200)
        }
    }
}
