import Foundation
import HTTPTypes
import Model
import NIOCore
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import API
@testable import Pipeline

@Suite struct EventStreamTests {
    @Test("an event is three lines and an empty one, whatever stands in its texts")
    func text() throws {
        let items = ["a\nb\r\nc", "snow ❄ \"quoted\" \u{2028} \\ \u{0}"].enumerated().map { number, reason in
            EventFeed.Item(event: event(reason), cursor: "cursor-\(number)")
        }
        let text = String(buffer: EventStream.text(of: items))
        #expect(text.hasSuffix("\n\n") && !text.contains("\r"))
        let blocks = text.components(separatedBy: "\n\n").dropLast()
        #expect(blocks.count == 2)
        for (block, item) in zip(blocks, items) {
            let lines = block.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count == 3)
            #expect(lines[0] == "id: \(item.cursor)" && lines[1] == "event: TOKEN_REFRESH_FAILED")
            let data = try #require(lines[2].hasPrefix("data: ") ? lines[2].dropFirst(6) : nil)
            let json = try JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any]
            #expect(json?["reason"] as? String == item.event.reason && json?["eventId"] as? String == "e")
        }
        #expect(String(buffer: EventStream.place("c1")) == "id: c1\n\n")
    }

    @Test(arguments: [
        (["text/event-stream"], true), (["Text/Event-Stream;q=0.9"], true),
        (["text/html, text/event-stream ; charset=utf-8"], true), (["text/html", "text/event-stream"], true),
        (["text/event-stream, application/json"], true), (["application/json, text/event-stream"], false), ([], false),
        (["*/*"], false), (["text/*"], false), (["text/event-streams"], false), ([""], false),
    ])
    func whatIsAskedFor(_ accept: [String], _ isStream: Bool) {
        #expect(EventController.asksForStream(accept) == isStream)
    }

    @Test("a streamed answer: its head, its pieces, and its line and metrics once it has ended")
    func streamed() async throws {
        let ended = Mutex(false)
        let route = Route.on(.get, "/api/v1/pieces") { _, _ in
            .stream(type: "text/event-stream") { writer in
                for piece in ["one ", "two ", "three"] { try await writer.write(ByteBuffer(string: piece)) }
                ended.withLock { $0 = true }
            }
        }
        try await TestServer.run([route]) { server in
            let reply = await server.http.get("/api/v1/pieces", try Self.bearer())
            #expect(reply.status == 200 && reply.header("transfer-encoding") == "chunked" && reply.isClosed)
            #expect(reply.header("cache-control") == "no-store" && reply.header("x-request-id") != nil)
            #expect(reply.body.hasPrefix("4\r\none \r\n") && reply.body.hasSuffix("0\r\n\r\n"))
            #expect(ended.withLock { $0 })
            try await eventually("the stream's line") { server.log.text.contains("route=/api/v1/pieces") }
            #expect(server.log.text.contains("status=200"))
            let metrics = server.registry.text()
            #expect(
                metrics.contains(
                    #"token_manager_http_response_size_bytes_sum{route="/api/v1/pieces",method="GET"} 13"#))
            #expect(
                metrics.contains(
                    #"token_manager_http_requests_total{route="/api/v1/pieces",method="GET",status="200"} 1"#))
        }
    }

    @Test("a stream that fails is broken off, and its line has the code")
    func failing() async throws {
        let route = Route.on(.get, "/api/v1/pieces") { _, _ in
            .stream(type: "text/event-stream") { writer in
                try await writer.write(ByteBuffer(string: "one"))
                throw PipelineError(.storeUnavailable, "gone")
            }
        }
        try await TestServer.run([route]) { server in
            let reply = await server.http.get("/api/v1/pieces", try Self.bearer())
            #expect(reply.body.hasPrefix("3\r\none\r\n") && !reply.body.contains("0\r\n\r\n"))
            try await eventually("the line's code") { server.log.text.contains("code=store_unavailable") }
        }
    }

    @Test("the writer knows when its caller's token ends, leeway included")
    func end() async throws {
        let left = Mutex<Duration?>(nil)
        let route = Route.on(.get, "/api/v1/pieces") { _, _ in
            .stream(type: "text/plain") { writer in
                left.withLock { $0 = writer.end.map { ContinuousClock.now.duration(to: $0) } }
            }
        }
        try await TestServer.run([route]) { server in
            _ = await server.http.get("/api/v1/pieces", try Self.bearer(["exp": Tokens.now + 60]))
            let known = try #require(left.withLock { $0 })
            #expect(known > .seconds(80) && known <= .seconds(90))
            _ = await server.http.get("/api/v1/pieces", try Self.bearer(["exp": Tokens.now + 1_000_000_000_000]))
            let endless = try #require(left.withLock { $0 })
            #expect(endless > .seconds(1_000_000))
        }
    }

    private static func bearer(_ changes: [String: Any?] = [:]) throws -> [(String, String)] {
        [("Authorization", "Bearer " + (try Tokens.make(Tokens.user(changes))))]
    }

    private func event(_ reason: String) -> EventRecord {
        EventRecord(
            id: "e", kind: .tokenRefreshFailed, organization: OrganizationID("org"), connector: "acme",
            connection: ConnectionID("c"), epoch: 1, reason: reason, at: .distantPast)
    }
}
