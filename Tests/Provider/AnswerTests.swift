import Foundation
import Testing

@testable import Provider

@Suite("Answers, whole and broken", .timeLimit(.minutes(1)))
struct AnswerTests {
    @Test("row 11: a complete answer, with the request exactly as described")
    func answer() async throws {
        let server = try ScriptedServer { peer in
            peer.readRequest()
            peer.answer(
                "418 Teapot", headers: ["X-One: a", "x-one:b ", "Content-Type: application/json"], body: "{\"a\":1}")
        }
        defer { server.stop() }
        let result = try await withClient { client in
            let headers = [WireHeader("Content-Type", "application/x-www-form-urlencoded"), WireHeader("X-Empty", "")]
            return await client.performTimed(.post("\(server.url)/a/../token?x=%2F", body: "a=b", headers: headers))
        }
        let expected = [
            WireHeader("content-length", "7"), WireHeader("x-one", "a"), WireHeader("x-one", "b"),
            WireHeader("content-type", "application/json"),
        ]
        #expect(result.outcome == .answer(WireResponse(status: 418, headers: expected, body: Data("{\"a\":1}".utf8))))
        #expect(result.outcome.answer?.header("X-One") == "a")
        let times = result.times
        let written = try #require(times.written)
        let firstByte = try #require(times.firstByte)
        #expect(times.started <= written && written <= firstByte && firstByte <= times.ended)
        #expect(times.duration >= .zero)
        let request = try #require(server.log.requests.first)
        #expect(request.hasPrefix("POST /a/../token?x=%2F HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n"))
        #expect(request.hasSuffix("\r\n\r\na=b"))
        let lines = Set(request.lowercased().components(separatedBy: "\r\n"))
        #expect(lines.isSuperset(of: ["user-agent: token-manager", "x-empty:", "content-length: 3"]))
        #expect(!lines.contains { $0.hasPrefix("expect") || $0.hasPrefix("accept-encoding") || $0.hasPrefix("proxy") })
    }

    @Test("A request without a body, by each method", arguments: ["GET", "POST", "PUT", "PATCH", "DELETE"])
    func methods(_ method: String) async throws {
        let server = try ScriptedServer { peer in
            peer.readRequest()
            peer.answer()
        }
        defer { server.stop() }
        try await withClient { client in
            let outcome = await client.call(WireRequest(method: method, url: server.url))
            #expect(outcome.answer?.status == 200)
        }
        let request = try #require(server.log.requests.first).lowercased()
        #expect(request.hasPrefix("\(method.lowercased()) / http/1.1\r\n"))
        #expect(!request.contains("content-type"))
    }

    @Test("row 11: slow, chunked, interim and close-delimited answers are complete")
    func complete() async throws {
        let bodies: [@Sendable (Peer) -> Void] = [
            { peer in
                for character in "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" {
                    peer.send(String(character))
                    usleep(1000)
                }
            },
            {
                $0.send(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nX-Trailer: 1\r\n\r\n"
                )
            },
            { $0.send("HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello") },
            { $0.send("HTTP/1.0 200 OK\r\n\r\nhello") },
            { $0.send("HTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\nContent-Length: 5\r\n\r\nhello") },
        ]
        for body in bodies {
            let (outcome, _) = try await post { peer in
                peer.readRequest()
                body(peer)
            }
            #expect(outcome.answer?.body == Data("hello".utf8))
            #expect(outcome.answer?.header("x-trailer") == nil && outcome.answer?.header("link") == nil)
        }
    }

    @Test("row 12: whatever is less than a complete answer is broken, and what was read is kept")
    func broken() async throws {
        let cases: [(BrokenReason, String?, @Sendable (Peer) -> Void)] = [
            (.connectionLost, nil, { $0.reset() }),
            (.connectionLost, nil, { _ in }),
            (.incomplete, "half", { $0.send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf") }),
            (.incomplete, "ha", { $0.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nha\r\n") }),
            (.incomplete, "", { $0.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n") }),
            (.connectionLost, "", { $0.send("HTTP/1.1 100 Continue\r\n\r\n") }),
            (.unreadable, nil, { $0.send("hello, this is no HTTP at all\r\n\r\n") }),
        ]
        for (reason, kept, act) in cases {
            let (outcome, log) = try await post { peer in
                peer.readRequest()
                act(peer)
            }
            #expect(outcome.broken == reason)
            #expect(outcome.partial?.body == kept.map { Data($0.utf8) })
            #expect(log.requests.count == 1, "sent once")
        }
    }

    @Test("row 12: a server that closes without reading breaks the call, once")
    func closedUnread() async throws {
        let (outcome, log) = try await post { $0.reset() }
        // The reset may come before the connection is seen as open: then nothing was sent.
        #expect(outcome.broken == .connectionLost || outcome == .notSent(.connectFailed))
        #expect(log.connections == 1)
    }

    @Test("SECURITY 43: a body of 5 MiB is refused, 1 MiB is taken")
    func oversize() async throws {
        let body = String(repeating: "x", count: 5 << 20)
        let tooLarge = try await post { peer in
            peer.readRequest()
            peer.answer(body: body)
        }
        #expect(tooLarge.outcome.broken == .answerTooLarge)
        let fits = try await post { peer in
            peer.readRequest()
            peer.answer(body: String(repeating: "x", count: 1 << 20))
        }
        #expect(fits.outcome.answer?.body.count == 1 << 20)
        let limited = try await post(bodyLimit: 4) { peer in
            peer.readRequest()
            peer.answer(body: "12345")
        }
        #expect(limited.outcome.broken == .answerTooLarge)
    }

    @Test("SECURITY 43: endless headers, in many lines, one line or interim answers, end at 64 KiB")
    func endlessHeaders() async throws {
        for line in ["X-Filler: 0123456789\r\n", "0123456789", "\r\nHTTP/1.1 100 Continue\r\n"] {
            let (outcome, _) = try await post { peer in
                peer.readRequest()
                peer.send(
                    line.hasPrefix("\r\n") ? "HTTP/1.1 100 Continue\r\n" : "HTTP/1.1 200 OK\r\nX-Long: a\r\nX-Long: ")
                while peer.send(line) {}
            }
            #expect(outcome.broken == .headersTooLarge)
        }
    }

    @Test("SECURITY 43: a gzip bomb is handed over as it came, in the content and in the transfer coding")
    func bomb() async throws {
        let bomb = try TLSMaterial.data("bomb.gz")
        let size = String(bomb.count, radix: 16)
        for (field, start, end) in [
            ("Content-Encoding: gzip\r\nContent-Length: \(bomb.count)", "", ""),
            ("Transfer-Encoding: gzip, chunked", "\(size)\r\n", "\r\n0\r\n\r\n"),
        ] {
            let (outcome, _) = try await post { peer in
                peer.readRequest()
                peer.send("HTTP/1.1 200 OK\r\n\(field)\r\n\r\n\(start)")
                peer.send(Array(bomb))
                peer.send(end)
            }
            #expect(outcome.answer?.body == bomb)
        }
    }

    @Test("SECURITY 13: a redirect is an answer and is not followed", arguments: [301, 302, 307, 308])
    func redirect(_ status: Int) async throws {
        let target = try ScriptedServer { $0.answer() }
        defer { target.stop() }
        let location = target.url
        let (outcome, log) = try await post { peer in
            peer.readRequest()
            peer.answer("\(status) Moved", headers: ["Location: \(location)/"])
        }
        #expect(outcome.answer?.status == status)
        #expect(outcome.answer?.header("location") == "\(location)/")
        #expect(log.requests.count == 1 && target.log.connections == 0)
    }
}
