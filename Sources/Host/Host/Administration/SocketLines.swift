/// Reads lines of a socket.
struct SocketLines {
    let socket: UnixSocket
    /// Longer ones are refused.
    let longest: Int
    private var rest: [UInt8] = []
    private var searched = 0

    init(_ socket: UnixSocket, longest: Int) {
        self.socket = socket
        self.longest = longest
    }

    /// The next line; nil at the end.
    mutating func next() throws -> String? {
        while true {
            if let end = rest[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: rest[..<end], as: UTF8.self)
                rest = Array(rest[(end + 1)...])
                searched = 0
                return line
            }
            searched = rest.count
            guard rest.count <= longest else { throw UnixSocket.Failure(description: "a line is too long") }
            let more = try socket.receive(65_536)
            guard !more.isEmpty else { return nil }
            rest += more
        }
    }
}
