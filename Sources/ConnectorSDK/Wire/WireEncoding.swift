/// How a text is written in each place of a request, so that no value can leave its place (DESIGN.md §3).
public enum WireEncoding {
    /// The longest value that is written anywhere, in bytes of UTF-8.
    public static let longestValue = 64 * 1024

    /// Percent-encodes everything but RFC 3986's unreserved characters, as UTF-8.
    public static func percent(_ text: String) -> String { encode(text, space: "%20") }

    /// Form-encodes a name or value (`application/x-www-form-urlencoded`). RFC 6749 §2.3.1 wants `.plus` for both
    /// halves of Basic authentication.
    public static func form(_ text: String, spaces: ScopeRules.Encoding = .percent) -> String {
        encode(text, space: spaces == .plus ? "+" : "%20")
    }

    /// Form-encodes a whole body or query, in order.
    public static func form(
        _ fields: [(name: String, value: String)], spaces: ScopeRules.Encoding = .percent
    ) -> String {
        fields.map { form($0.name, spaces: spaces) + "=" + form($0.value, spaces: spaces) }.joined(separator: "&")
    }

    /// Writes a value as one path segment. Nil for an empty or overlong value, for control characters, and when a
    /// server that decodes before it splits would see a `.` or `..`.
    public static func pathSegment(_ text: String) -> String? {
        guard !text.isEmpty, isSane(text) else { return nil }
        let parts = text.utf8.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\")
        }
        guard !parts.contains(where: { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }) else { return nil }
        return percent(text)
    }

    /// Whether a text may be a header's value: visible ASCII and inner spaces, so neither CR nor LF (RFC 9110 §5.5).
    public static func isHeaderValue(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, text.utf8.count <= longestValue else {
            return false
        }
        return first != 0x20 && last != 0x20 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }

    /// Whether a text is a header's name: a token (RFC 9110 §5.6.2) of at most 100 characters.
    public static func isHeaderName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 100
            && text.utf8.allSatisfy { isAlphanumeric($0) || "!#$%&'*+-.^_`|~".utf8.contains($0) }
    }

    /// Whether a text can be a value at all: not overlong, and free of control characters.
    public static func isSane(_ text: String) -> Bool {
        text.utf8.count <= longestValue && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        default: isDigit(byte)
        }
    }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// The value of a hexadecimal digit.
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Undoes percent-encoding. Nil when a `%` is not followed by two hexadecimal digits.
    static func percentDecoded(_ bytes: some Sequence<UInt8>) -> [UInt8]? {
        var decoded: [UInt8] = []
        var rest = bytes.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let high = rest.next().flatMap(hexValue), let low = rest.next().flatMap(hexValue) else { return nil }
            decoded.append(high << 4 | low)
        }
        return decoded
    }

    private static func encode(_ text: String, space: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x20: bytes += space.utf8
            case _ where isAlphanumeric(byte) || "-._~".utf8.contains(byte): bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension ProviderRequest {
    /// The URL with every `{secret}` of its path replaced by the secret, percent-encoded as one segment.
    /// - Throws: what `secret` throws, or `ConnectorError` when the secret cannot be a path segment.
    public func url(filling secret: (String) throws -> String) throws -> String {
        var filled = ""
        for segment in Template(url).segments {
            switch segment {
            case .literal(let text): filled += text
            case .placeholder(let name):
                guard let text = WireEncoding.pathSegment(try secret(name)) else {
                    throw ConnectorError(.invalidValue, at: name, remedy: "it cannot stand in a path")
                }
                filled += text
            }
        }
        return filled
    }
}
