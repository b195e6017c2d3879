import Foundation
import HTTPTypes
import NIOCore
import Testing

@testable import API

/// Connections that somebody keeps busy without asking for anything.
@Suite struct SlowRequestTests {
    private static let routes: [Route] = [
        .on(.post, "/api/v1/things") { call, _ in
            try await Task.sleep(for: .milliseconds(600))
            return .text("\(call.body.readableBytes)")
        },
        .open(.get, "/ping") { _ in .text("pong") },
    ]

    private static func run(
        _ change: (inout APIConfiguration) -> Void, _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        var configuration = Tokens.configuration
        change(&configuration)
        try await TestServer.run(routes, configuration: configuration, body)
    }

    private static func head(_ more: String) throws -> String {
        "POST /api/v1/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + "Authorization: Bearer \(try Tokens.make(Tokens.user))\r\n\(more)\r\n\r\n"
    }

    @Test("a body that comes byte by byte is cut off, with and without an announced length")
    func slowBodies() async throws {
        try await Self.run {
            $0.requestTimeout = .milliseconds(300)
        } _: { server in
            for (more, piece) in [("Content-Length: 1000000", " "), ("Transfer-Encoding: chunked", "1\r\n \r\n")] {
                let slow = try #require(RawConnection(port: server.http.port))
                #expect(await slow.isCutOff(try Self.head(more), then: piece), "\(more)")
            }
            #expect(await server.http.get("/ping").body == "pong")
        }
    }

    @Test("so is a head, on a new connection and on one that has served")
    func slowHeads() async throws {
        try await Self.run {
            $0.idleTimeout = .milliseconds(300)
        } _: { server in
            for before in ["", "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"] {
                let slow = try #require(RawConnection(port: server.http.port))
                #expect(await slow.isCutOff(before + "GET /ping HTTP/1.1\r\nX-Slow: ", then: "a"))
            }
        }
    }

    @Test("what is here is not cut off, however long it takes to answer, nor what comes after it")
    func slowAnswers() async throws {
        try await Self.run {
            $0.requestTimeout = .milliseconds(300)
        } _: { server in
            let connection = try #require(RawConnection(port: server.http.port))
            for _ in 0..<2 {
                #expect(await connection.ask(try Self.head("Content-Length: 2") + "{}").status == 200)
            }
        }
    }

    @Test("connections above the number wait until one of the others has closed")
    func mostConnections() async throws {
        try await Self.run {
            $0.mostConnections = 2
        } _: { server in
            let ping = "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"
            var held: [RawConnection] = []
            for _ in 0..<2 {
                let connection = try #require(RawConnection(port: server.http.port))
                #expect(await connection.ask(ping).status == 200)
                held.append(connection)
            }
            let third = try #require(RawConnection(port: server.http.port))
            #expect(await third.ask(ping, within: 500).bytes.isEmpty)
            held.removeLast()
            #expect(await third.ask("").status == 200)
        }
    }
}
