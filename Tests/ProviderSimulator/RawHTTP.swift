import Foundation
import Testing

@testable import ProviderSimulator

/// What came back over a plain socket, to the last byte.
struct RawReply: Sendable {
    enum End: Sendable, Equatable {
        /// The server closed in order (FIN).
        case closed
        /// The server reset the connection (RST).
        case reset
        /// Nothing more came in time, or the connection could not be made.
        case failed
    }

    var bytes: [UInt8] = []
    var end = End.failed

    private var halves: (head: String, body: String) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let gap = text.range(of: "\r\n\r\n") else { return (text, "") }
        return (String(text[..<gap.lowerBound]), String(text[gap.upperBound...]))
    }

    var body: String { halves.body }
    var status: Int? { halves.head.split(separator: " ").dropFirst().first.flatMap { Int($0) } }

    func header(_ name: String) -> String? {
        for line in halves.head.components(separatedBy: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == name.lowercased() {
                return parts[1].trimmingCharacters(in: .whitespaces)
            }
        }
        return nil
    }

    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
    }

    func text(_ name: String) -> String? { json[name] as? String }
}

/// A client of one provider over plain sockets: it hides nothing that a fault does to the connection.
struct RawHTTP: Sendable {
    let port: Int

    func get(_ path: String, headers: [String: String] = [:]) async -> RawReply {
        await send("GET", path, headers: headers, body: "")
    }

    func post(_ path: String, _ body: String = "", headers: [String: String] = [:]) async -> RawReply {
        await send("POST", path, headers: headers, body: body)
    }

    func refresh(_ token: String?, client: String = "sandbox-client") async -> RawReply {
        await post(
            "/token",
            "grant_type=refresh_token&refresh_token=\(token ?? "")&client_id=\(client)&client_secret=sandbox-secret")
    }

    private func send(_ method: String, _ path: String, headers: [String: String], body: String) async -> RawReply {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        let bytes = Array((text + "Content-Length: \(body.utf8.count)\r\n\r\n" + body).utf8)
        let port = port
        // Blocking calls must not sit on the threads that the server's tasks need.
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: Self.exchange(bytes, port: port)) }
        }
    }

    private static func exchange(_ bytes: [UInt8], port: Int) -> RawReply {
        var reply = RawReply()
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return reply }
        defer { close(socket) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return reply }
        guard Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return reply }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            if count > 0 {
                reply.bytes += buffer[..<count]
            } else {
                reply.end = count == 0 ? .closed : errno == ECONNRESET ? .reset : .failed
                return reply
            }
        }
    }
}

/// A running provider and a client for it.
func withProvider(
    _ configuration: SimulatedProvider.Configuration = .init(),
    _ body: @Sendable (SimulatedProvider, RawHTTP) async throws -> Void
) async throws {
    try await SimulatedProvider.running(configuration) { provider in
        try await body(provider, RawHTTP(port: try await provider.port))
    }
}
