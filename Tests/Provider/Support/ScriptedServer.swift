import Foundation
import Synchronization

/// A TCP server on 127.0.0.1 whose every connection runs one script on a thread of its own; it counts what arrives.
final class ScriptedServer: Sendable {
    struct Log: Sendable {
        var connections = 0
        var bytes = 0
        var requests: [String] = []
    }

    let port: Int
    private let listener: Int32
    private let recorded = Mutex(Log())

    init(_ script: @escaping @Sendable (Peer) -> Void) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutableBytes(of: &address) { raw in
            let pointer = raw.assumingMemoryBound(to: sockaddr.self).baseAddress
            return bind(listener, pointer, length) == 0 && listen(listener, 512) == 0
                && getsockname(listener, pointer, &length) == 0
        }
        guard bound else { throw POSIXError(.EADDRNOTAVAIL) }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in acceptAll(script) }
    }

    var log: Log { recorded.withLock { $0 } }
    var url: String { "http://127.0.0.1:\(port)" }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    func note(_ change: (inout Log) -> Void) { recorded.withLock { change(&$0) } }

    private func acceptAll(_ script: @escaping @Sendable (Peer) -> Void) {
        while case let socket = accept(listener, nil, nil), socket >= 0 {
            note { $0.connections += 1 }
            Thread.detachNewThread {
                script(Peer(socket: socket, server: self))
                close(socket)
            }
        }
        close(listener)
    }
}

/// The server's end of one connection.
struct Peer: Sendable {
    let socket: Int32
    let server: ScriptedServer

    /// Reads and records one request with its body; `nil` when the client is gone before it is whole.
    @discardableResult
    func readRequest() -> String? {
        var text = ""
        while !Self.isWhole(text) {
            guard let more = read() else { return nil }
            text += more
        }
        server.note { [text] in $0.requests.append(text) }
        return text
    }

    /// Some bytes, counted; `nil` at the end.
    func read() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(socket, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        server.note { $0.bytes += count }
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }

    /// False once the client is gone.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    func answer(_ status: String = "200 OK", headers: [String] = [], body: String = "{}") {
        let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
        send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// Lets the coming close send a reset.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    /// Keeps the connection until the client closes it.
    func waitForEnd() { while read() != nil {} }

    private static func isWhole(_ text: String) -> Bool {
        guard let head = text.range(of: "\r\n\r\n") else { return false }
        let length = text[..<head.lowerBound].components(separatedBy: "\r\n")
            .first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
        return text[head.upperBound...].utf8.count >= length ?? 0
    }
}
