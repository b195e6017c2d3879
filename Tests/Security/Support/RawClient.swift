import Foundation
import Glibc
import TestSupport

/// Sends bytes as they are, so that a request can be wrong in every way.
enum RawClient {
    /// What came back; `status` nil: no HTTP answer.
    struct Answer: Sendable {
        var status: Int?
        var head: String
        var body: String

        var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:] }

        func header(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
                .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
        }
    }

    /// Sends a request and reads until the connection ends, or nothing more comes for twenty seconds.
    static func send(_ bytes: [UInt8], port: Int) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try exchange(bytes, port: port) }) }
        }
    }

    private static func exchange(_ bytes: [UInt8], port: Int) throws -> Answer {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(connection) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        address.sin_port = UInt16(port).bigEndian
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { throw Failure("cannot connect to \(port)") }
        var done = 0
        while done < bytes.count {
            let sent = bytes[done...].withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { break }  // refused before its end: the answer says why
            done += sent
        }
        return read(connection)
    }

    private static func read(_ connection: Int32) -> Answer {
        var received = Data()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let answer = whole(received) { return answer }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            received.append(contentsOf: buffer[..<count])
        }
        return Answer(status: nil, head: String(decoding: received, as: UTF8.self), body: "")
    }

    /// The answer, once all of it is there.
    private static func whole(_ received: Data) -> Answer? {
        guard let end = received.range(of: Data("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: received[..<end.lowerBound], as: UTF8.self)
        let body = String(decoding: received[end.upperBound...], as: UTF8.self)
        let words = head.split(separator: " ")
        let answer = Answer(status: words.count > 1 ? Int(words[1]) : nil, head: head, body: body)
        return body.utf8.count >= Int(answer.header("content-length") ?? "0") ?? 0 ? answer : nil
    }
}
