import Glibc
import HTTPTypes
import NIOCore
import Synchronization
import Testing

@testable import API

/// Readers of a stream that are not there any more (SECURITY.md line 38).
@Suite struct VanishedReaderTests {
    @Test("a reader that closes its half has gone: its stream ends at once, and its place is free")
    func halfClosed() async throws {
        let isCancelled = Mutex(false)
        let route = Route.on(.get, "/api/v1/events") { _, _ in
            .stream(type: "text/event-stream") { writer in
                try await writer.write(ByteBuffer(string: "one"))
                do { try await Task.sleep(for: .seconds(3600)) } catch {
                    isCancelled.withLock { $0 = true }
                    throw error
                }
            }
        }
        var configuration = Tokens.configuration
        configuration.streamsPerCaller = 1
        try await TestServer.run([route], configuration: configuration) { server in
            let request =
                "GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(try Tokens.make(Tokens.user))\r\n\r\n"
            let first = try #require(RawConnection(port: server.http.port))
            #expect(try #require(await first.begin(request)).hasPrefix("HTTP/1.1 200 "))
            let refused = try #require(RawConnection(port: server.http.port))
            #expect(try #require(await refused.begin(request)).hasPrefix("HTTP/1.1 429 "))
            first.closeOwnHalf()
            #expect(await first.ends())
            #expect(isCancelled.withLock { $0 })
            let second = try #require(RawConnection(port: server.http.port))
            #expect(try #require(await second.begin(request)).hasPrefix("HTTP/1.1 200 "))
            second.closeOwnHalf()
            #expect(await second.ends())
        }
    }

    @Test("who vanishes without a word is given up by the kernel once nothing is acknowledged for a minute")
    func vanished() async throws {
        try await TestServer.run([.open(.get, "/ping") { _ in .text("pong") }]) { server in
            let reader = try #require(RawConnection(port: server.http.port))
            #expect(await reader.ask("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n").status == 200)
            let accepted = try #require(Self.socket(connectedTo: reader.port))
            var (limit, size) = (UInt32(0), socklen_t(MemoryLayout<UInt32>.size))
            #expect(getsockopt(accepted, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &limit, &size) == 0)
            #expect(limit == 60_000)
        }
    }

    /// The server runs in this process: its side of a connection is one of this process's files.
    private static func socket(connectedTo port: Int) -> Int32? {
        (0..<4096).first { file in
            var address = sockaddr_in()
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(file, $0, &size) == 0 }
            }
            return isConnected && address.sin_family == sa_family_t(AF_INET)
                && Int(UInt16(bigEndian: address.sin_port)) == port
        }
    }
}
