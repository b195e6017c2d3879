import ConnectorSDK
import Foundation
import HTTPTypes
import Model
import Pipeline
import Testing

@testable import API

/// What is answered on the event loop, beside what the connection's task answers.
@Suite(.timeLimit(.minutes(2))) struct AnswersAtHandTests {
    private typealias Done = @Sendable (Result<Void, PipelineError>) -> Void

    /// Token reads say who has answered them: ids that begin with `ready` are at hand.
    private static func routes(_ record: @escaping @Sendable (@escaping Done) -> Void) -> [Route] {
        [
            .serving(
                .get, "/api/v1/connections/{id}/token",
                { call, _ in answer(try call.connection().description, "task") },
                atHand: { call, _ in
                    guard let id = try? call.connection().description, id.hasPrefix("ready") else { return nil }
                    return AnswerAtHand(answer: answer(id, "loop"), record: record)
                }),
            .on(.post, "/api/v1/things") { _, _ in
                // Time enough for everything that is ready to be answered out of turn.
                for _ in 0..<1000 { await Task.yield() }
                return answer("thing", "task")
            },
            .open(.get, "/ping") { _ in .text("pong") },
        ]
    }

    private static func answer(_ id: String, _ way: String) -> Answer {
        .json { json in
            json.object {
                $0.member("id", id)
                $0.member("by", way)
            }
        }
    }

    /// The same bytes each time: made anew, its members may have another order.
    private static let token = try? Tokens.make(Tokens.service, secret: Tokens.serviceSecret)

    private static func request(_ line: String, _ more: String = "") throws -> String {
        let token = try #require(token)
        return "\(line) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n\(more)\r\n"
    }

    private static func read(_ id: String, _ more: String = "") throws -> String {
        try request("GET /api/v1/connections/\(id)/token", more)
    }

    private static func run(
        _ configuration: APIConfiguration = Tokens.configuration,
        record: @escaping @Sendable (@escaping Done) -> Void = { $0(.success(())) },
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.run(routes(record), configuration: configuration) { server in
            try await body(server)
        }
    }

    @Test("a token that was verified before, and a GET without more to it, are what it takes")
    func whatIsAtHand() async throws {
        try await Self.run { server in
            let connection = try #require(RawConnection(port: server.http.port))
            // Nobody has seen the token before.
            #expect(
                await connection.ask(try Self.read("ready-0")).json as? [String: String] == [
                    "id": "ready-0", "by": "task",
                ])
            let ready = await connection.ask(try Self.read("ready-1"))
            #expect(ready.json as? [String: String] == ["id": "ready-1", "by": "loop"])
            for (id, more) in [("other", ""), ("ready-2", "Connection: close\r\n")] {
                let connection = try #require(RawConnection(port: server.http.port))
                let task = await connection.ask(try Self.read(id, more))
                #expect(task.json as? [String: String] == ["id": id, "by": "task"])
                #expect(task.status == ready.status && task.headerNames == ready.headerNames)
            }
            #expect(await server.http.get("/api/v1/connections/ready-3/token").code == "unauthenticated")
        }
    }

    @Test("answers have the order of their requests, whoever answers them, and each is told of once")
    func order() async throws {
        try await Self.run { server in
            let known = try #require(RawConnection(port: server.http.port))
            #expect(await known.ask(try Self.read("known")).status == 200)
            let body = "Content-Type: application/json\r\nContent-Length: 2\r\n"
            let requests = [
                try Self.read("ready-1"), try Self.read("ready-2"),
                try Self.request("POST /api/v1/things", body) + "{}",
                try Self.read("ready-3"), try Self.read("other-4"), try Self.read("ready-5"),
                try Self.read("ready-6", "Connection: close\r\n"), try Self.read("ready-7"),
            ]
            let reply = await server.http.send(raw: requests.joined())
            let text = String(decoding: reply.bytes, as: UTF8.self)
            let answers = text.matches(of: /"id":"([a-z0-9-]+)","by":"(task|loop)"/).map { "\($0.1) \($0.2)" }
            #expect(
                answers.map { String($0.prefix { $0 != " " }) } == [
                    "ready-1", "ready-2", "thing", "ready-3", "other-4", "ready-5", "ready-6",
                ])
            #expect(answers.prefix(2) == ["ready-1 loop", "ready-2 loop"])
            #expect(reply.isClosed)
            let lines = server.log.text.split(separator: "\n").filter { $0.contains("route=") }
            #expect(lines.count == 1 + answers.count)
        }
    }

    @Test("SECURITY 53: nothing is given before its record is durable, nor without")
    func recordsComeFirst() async throws {
        let (records, come) = AsyncStream.makeStream(of: Done.self)
        try await Self.run(record: { come.yield($0) }) { server in
            let connection = try #require(RawConnection(port: server.http.port))
            #expect(await connection.ask(try Self.read("known")).status == 200)
            var waiting = records.makeAsyncIterator()
            for isDurable in [false, true] {
                let request = try Self.read("ready-1")
                async let asked = connection.ask(request)
                let record = try #require(await waiting.next())
                record(isDurable ? .success(()) : .failure(PipelineError(.auditUnavailable, "No.")))
                let reply = await asked
                #expect(reply.status == (isDurable ? 200 : 503))
                #expect(reply.code == (isDurable ? nil : "audit_unavailable"))
                #expect(reply.body.contains("loop") == isDurable)
            }
        }
    }

    @Test("who has closed his half is answered, and then the connection ends")
    func closedHalves() async throws {
        let (records, come) = AsyncStream.makeStream(of: Done.self)
        try await Self.run(record: { come.yield($0) }) { server in
            let known = try #require(RawConnection(port: server.http.port))
            #expect(await known.ask(try Self.read("known")).status == 200)
            let connection = try #require(RawConnection(port: server.http.port))
            connection.tell(try Self.read("ready-1"))
            var waiting = records.makeAsyncIterator()
            let record = try #require(await waiting.next())
            connection.closeOwnHalf()
            // Every event loop has looked at its sockets since: connections are dealt out to them in turn.
            for _ in 0..<2 * ProcessInfo.processInfo.processorCount {
                #expect(await server.http.get("/ping").body == "pong")
            }
            record(.success(()))
            let reply = await connection.rest()
            #expect(reply.status == 200 && reply.body.contains("loop") && reply.isClosed)
        }
    }

    @Test("a caller's limit counts each request once, at hand or not")
    func limits() async throws {
        var configuration = Tokens.configuration
        configuration.callerRateLimit = RateLimit(count: 4, per: .seconds(3600))
        try await Self.run(configuration) { server in
            let connection = try #require(RawConnection(port: server.http.port))
            for id in ["other-1", "ready-2", "other-3", "ready-4"] {
                #expect(await connection.ask(try Self.read(id)).status == 200, "\(id)")
            }
            #expect(await connection.ask(try Self.read("ready-5")).code == "caller_rate_limited")
        }
    }
}
