import Foundation

/// A connection that stays open, and sends exactly what it is told.
final class RawConnection: Sendable {
    private let socket: Int32

    /// Nil when nobody listens.
    init?(port: Int) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let (socket, size) = (socket, socklen_t(MemoryLayout<sockaddr_in>.size))
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(socket, $0, size) == 0 }
        }
        if !isConnected { return nil }
    }

    deinit { close(socket) }

    /// Sends a text, and gives the answer; nothing, if nothing comes within that time.
    func ask(_ text: String, within milliseconds: Int = 20_000) async -> RawReply {
        await Self.blocking {
            self.send(text)
            var reply = RawReply()
            while case .came(let bytes) = self.receive(within: milliseconds) {
                reply.bytes += bytes
                if let length = reply.header("content-length").flatMap({ Int($0) }), reply.body.utf8.count >= length {
                    break
                }
            }
            return reply
        }
    }

    /// Sends one text, and then the other again and again. Whether the other side closes, which it has twenty seconds for.
    func isCutOff(_ first: String, then more: String) async -> Bool {
        await Self.blocking {
            self.send(first)
            for _ in 0..<1000 {
                if case .closed = self.receive(within: 20) { return true }
                self.send(more)
            }
            return false
        }
    }

    /// Sends a text and waits for the first bytes that come; nil if none do.
    func begin(_ text: String) async -> String? {
        await Self.blocking {
            self.send(text)
            guard case .came(let bytes) = self.receive(within: 20_000) else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Sends a text.
    func tell(_ text: String) { send(text) }

    /// All that comes until the other side ends the connection, which it has twenty seconds for.
    func rest() async -> RawReply {
        await Self.blocking {
            var reply = RawReply()
            while true {
                switch self.receive(within: 20_000) {
                case .came(let bytes): reply.bytes += bytes
                case .nothing: return reply
                case .closed:
                    reply.isClosed = true
                    return reply
                }
            }
        }
    }

    /// Says that nothing more will be sent, and goes on listening.
    func closeOwnHalf() { shutdown(socket, Int32(SHUT_WR)) }

    /// Whether the other side ends the connection, whatever it sends before, within twenty seconds.
    func ends() async -> Bool {
        await Self.blocking {
            while true {
                switch self.receive(within: 20_000) {
                case .came: continue
                case .nothing: return false
                case .closed: return true
                }
            }
        }
    }

    /// Its own port.
    var port: Int {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(socket, $0, &size) }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private enum Received {
        case came([UInt8])
        case nothing
        case closed
    }

    private func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    private func receive(within milliseconds: Int) -> Received {
        var limit = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket, &buffer, buffer.count, 0)
        if count > 0 { return .came(Array(buffer[..<count])) }
        return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? .nothing : .closed
    }

    // Blocking calls must not sit on the threads that the server's tasks need.
    private static func blocking<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }
}
