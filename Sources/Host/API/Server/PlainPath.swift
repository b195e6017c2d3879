import HTTPTypes
import HummingbirdCore

/// Paths in one way of writing. Whoever encodes more than he must means the same route: `%73` is `s` (RFC 3986 §6.2.2.2).
/// A dot stays as it came, since it can make a segment that others would have resolved; so does whatever a path may hold
/// only when it is encoded.
enum PlainPath {
    static let percent = UInt8(ascii: "%")

    /// Writes the path plainly before it is looked at.
    static func before(_ next: @escaping HTTPChannelHandler.Responder) -> HTTPChannelHandler.Responder {
        { request, writer, channel in
            guard let target = request.head.path, let plain = plain(target) else {
                return try await next(request, writer, channel)
            }
            var head = request.head
            head.path = plain
            try await next(Request(head: head, body: request.body), writer, channel)
        }
    }

    /// The request's target with its path written plainly; nil where that is how it came.
    static func plain(_ target: String) -> String? {
        let bytes = Array(target.utf8)
        let path = bytes.prefix { $0 != UInt8(ascii: "?") }
        guard path.contains(percent) else { return nil }
        var written: [UInt8] = []
        var rest = path
        while let byte = rest.popFirst() {
            guard byte == percent, let meant = meant(by: rest.prefix(2)) else {
                written.append(byte)
                continue
            }
            written.append(meant)
            rest = rest.dropFirst(2)
        }
        return String(decoding: written + bytes.dropFirst(path.count), as: UTF8.self)
    }

    /// The byte that two digits stand for, if it needs no encoding.
    private static func meant(by digits: ArraySlice<UInt8>) -> UInt8? {
        let values = digits.compactMap(hexDigit)
        guard values.count == 2 else { return nil }
        let byte = values[0] << 4 | values[1]
        return Shapes.isWord(byte) || byte == UInt8(ascii: "~") ? byte : nil
    }
}
