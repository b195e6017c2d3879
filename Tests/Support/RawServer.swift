import Foundation
import Glibc
import Synchronization

/// A provider that a test writes itself, byte by byte, on a free port of 127.0.0.1: it keeps what it received as it came.
package final class RawServer: Sendable {
    /// A request as it came.
    package struct Request: Sendable {
        package var head: String
        package var body: String

        package var path: String { head.split(separator: " ").dropFirst().first.map(String.init) ?? "" }

        /// A header's value, its name in any case.
        package func header(_ name: String) -> String? {
            head.split(separator: "\r\n").dropFirst().first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
                .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
        }

        /// The form's members, decoded.
        package var form: [String: String] {
            var components = URLComponents()
            components.percentEncodedQuery = body.replacing("+", with: "%20")
            return Dictionary((components.queryItems ?? []).map { ($0.name, $0.value ?? "") }) { first, _ in first }
        }
    }

    package let port: Int
    private let listener: Int32
    private let state = Mutex<(connections: Int, requests: [Request])>((0, []))

    /// - Parameter answer: the whole answer, head and body.
    package init(_ answer: @escaping @Sendable (Request) -> String) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isBound else { throw Failure("no listener") }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0, let self else { return }
                self.state.withLock { $0.connections += 1 }
                self.serve(connection, answer)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// How often somebody connected.
    package var connections: Int { state.withLock { $0.connections } }
    /// What was received so far.
    package var requests: [Request] { state.withLock { $0.requests } }

    /// The answer to a token request.
    package static func json(_ body: String, status: Int = 200, headers: String = "") -> String {
        "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\n\(headers)Content-Length: \(body.utf8.count)\r\n"
            + "Connection: close\r\n\r\n\(body)"
    }

    private func serve(_ connection: Int32, _ answer: @Sendable (Request) -> String) {
        defer { close(connection) }
        guard let request = Self.read(connection) else { return }
        state.withLock { $0.requests.append(request) }
        let bytes = Array(answer(request).utf8)
        var done = 0
        while done < bytes.count {
            let sent = bytes[done...].withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return }
            done += sent
        }
    }

    private static func read(_ connection: Int32) -> Request? {
        var received = Data()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let end = received.range(of: Data("\r\n\r\n".utf8)) {
                let request = Request(
                    head: String(decoding: received[..<end.lowerBound], as: UTF8.self),
                    body: String(decoding: received[end.upperBound...], as: UTF8.self))
                if request.body.utf8.count >= Int(request.header("content-length") ?? "0") ?? 0 { return request }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            received.append(contentsOf: buffer[..<count])
        }
    }
}
