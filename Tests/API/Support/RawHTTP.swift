import Foundation

/// What came back over a plain socket, to the last byte.
struct RawReply: Sendable {
    var bytes: [UInt8] = []
    /// The server closed in order, which it must for every request that says `Connection: close`.
    var isClosed = false

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

    /// In lower case, in order.
    var headerNames: [String] {
        halves.head.components(separatedBy: "\r\n").dropFirst().map { $0.prefix { $0 != ":" }.lowercased() }
    }

    var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:] }

    /// The problem's code.
    var code: String? { json["code"] as? String }
}

/// A client that sends exactly what it is told.
struct RawHTTP: Sendable {
    let port: Int

    func get(_ path: String, _ headers: [(String, String)] = []) async -> RawReply { await send("GET", path, headers) }

    func post(
        _ path: String, _ body: String?, _ headers: [(String, String)] = [], type: String? = "application/json"
    ) async -> RawReply {
        await send("POST", path, headers + (body == nil ? [] : type.map { [("Content-Type", $0)] } ?? []), body: body)
    }

    func send(_ method: String, _ path: String, _ headers: [(String, String)] = [], body: String? = nil) async
        -> RawReply
    {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        return await send(raw: text + "\r\n" + (body ?? ""))
    }

    func send(raw text: String) async -> RawReply {
        let (bytes, port) = (Array(text.utf8), port)
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
        guard connect(socket, port: port) else { return reply }
        // A server that refuses early closes before it has read all; what it answered is still there to be read.
        _ = Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else {
                reply.isClosed = count == 0
                return reply
            }
            reply.bytes += buffer[..<count]
        }
    }

    private static func connect(_ socket: Int32, port: Int) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
