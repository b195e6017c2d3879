import Foundation
import Glibc
import TestSupport

/// A caller that asks for the stream of events, reads its first bytes, and then takes nothing more.
final class StuckReader: Sendable {
    private let connection: Int32

    /// Returns once the stream has begun.
    init(port: Int, token: String) throws {
        connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var window: Int32 = 4096
        setsockopt(connection, SOL_SOCKET, SO_RCVBUF, &window, socklen_t(MemoryLayout<Int32>.size))
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let (connection, size) = (connection, socklen_t(MemoryLayout<sockaddr_in>.size))
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(connection, $0, size) == 0 }
        }
        let head = [
            "GET /api/v1/events HTTP/1.1", "Host: 127.0.0.1", "Accept: text/event-stream",
            "Authorization: Bearer \(token)", "", "",
        ].joined(separator: "\r\n")
        var buffer = [UInt8](repeating: 0, count: 256)
        guard isConnected, send(connection, head, head.utf8.count, Int32(MSG_NOSIGNAL)) == head.utf8.count,
            recv(connection, &buffer, buffer.count, 0) > 0,
            String(decoding: buffer, as: UTF8.self).hasPrefix("HTTP/1.1 200 ")
        else { throw Failure("the stream did not begin") }
    }

    deinit { close(connection) }
}
