/// Reads JSON (RFC 8259) out of a provider's bytes. Small and strict, since it reads what a stranger sends: no trailing
/// text, no comments, limits on length and depth, numbers kept as they were written. Bytes that are no UTF-8 become
/// U+FFFD inside a string, so that one badly written name does not cost the tokens beside it.
public enum JSONReader {
    /// The longest text, in bytes (SECURITY.md 43).
    public static let longest = 1 << 20
    /// The most arrays and objects inside each other (SECURITY.md 43).
    public static let deepest = 32

    /// Why a text is no JSON.
    public enum Failure: Error, Sendable, Hashable {
        case tooLong
        case tooDeep
        /// The text ends in the middle of a value.
        case cut
        /// The offset of the first byte that cannot be.
        case malformed(at: Int)
    }

    /// Reads exactly one value.
    public static func read(_ bytes: some Sequence<UInt8>) throws(Failure) -> JSONValue {
        try read(JSONScanner(bytes: Array(bytes)))
    }

    /// The same for what our own callers write: refuses also what RFC 8259 leaves to the reader (a byte order mark, a name
    /// that comes twice, half a surrogate pair), since the caller may have meant something else than what is read.
    package static func readStrictly(_ bytes: some Sequence<UInt8>) throws(Failure) -> JSONValue {
        try read(JSONScanner(bytes: Array(bytes), isStrict: true))
    }

    private static func read(_ start: JSONScanner) throws(Failure) -> JSONValue {
        var scanner = start
        guard scanner.bytes.count <= longest else { throw .tooLong }
        if !scanner.isStrict, scanner.bytes.starts(with: [0xEF, 0xBB, 0xBF]) { scanner.at = 3 }
        let value = try scanner.value(depth: 0)
        scanner.skipSpace()
        guard scanner.at == scanner.bytes.count else { throw .malformed(at: scanner.at) }
        return value
    }
}

/// The place in a text that is being read.
struct JSONScanner {
    let bytes: [UInt8]
    var isStrict = false
    var at = 0

    mutating func value(depth: Int) throws(JSONReader.Failure) -> JSONValue {
        skipSpace()
        switch try peek() {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    mutating func skipSpace() {
        while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
    }

    private func peek() throws(JSONReader.Failure) -> UInt8 {
        guard at < bytes.count else { throw .cut }
        return bytes[at]
    }

    private mutating func take(_ byte: UInt8) throws(JSONReader.Failure) {
        guard try peek() == byte else { throw .malformed(at: at) }
        at += 1
    }

    private mutating func takes(_ byte: UInt8) throws(JSONReader.Failure) -> Bool {
        skipSpace()
        guard try peek() == byte else { return false }
        at += 1
        return true
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONReader.Failure) -> JSONValue {
        for byte in word.utf8 { try take(byte) }
        return value
    }

    private mutating func object(depth: Int) throws(JSONReader.Failure) -> JSONValue {
        guard depth <= JSONReader.deepest else { throw .tooDeep }
        at += 1
        var members: [String: JSONValue] = [:]
        if try takes(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipSpace()
            let start = at
            let name = try string()
            guard !isStrict || members[name] == nil else { throw .malformed(at: start) }
            skipSpace()
            try take(UInt8(ascii: ":"))
            members[name] = try value(depth: depth)
        } while try takes(UInt8(ascii: ","))
        try take(UInt8(ascii: "}"))
        return .object(members)
    }

    private mutating func array(depth: Int) throws(JSONReader.Failure) -> JSONValue {
        guard depth <= JSONReader.deepest else { throw .tooDeep }
        at += 1
        var elements: [JSONValue] = []
        if try takes(UInt8(ascii: "]")) { return .array(elements) }
        repeat { elements.append(try value(depth: depth)) } while try takes(UInt8(ascii: ","))
        try take(UInt8(ascii: "]"))
        return .array(elements)
    }

    private mutating func number() throws(JSONReader.Failure) -> String {
        let start = at
        if bytes[at] == UInt8(ascii: "-") { at += 1 }
        if try peek() == UInt8(ascii: "0") { at += 1 } else { try digits() }
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            at += 1
            try digits()
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            if [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(try peek()) { at += 1 }
            try digits()
        }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private mutating func digits() throws(JSONReader.Failure) {
        guard WireEncoding.isDigit(try peek()) else { throw .malformed(at: at) }
        while at < bytes.count, WireEncoding.isDigit(bytes[at]) { at += 1 }
    }

    private mutating func string() throws(JSONReader.Failure) -> String {
        try take(UInt8(ascii: "\""))
        var text: [UInt8] = []
        while true {
            let byte = try peek()
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                at += 1
                text += Array(String(try escape()).utf8)
            case 0..<0x20: throw .malformed(at: at)
            default:
                text.append(byte)
                at += 1
            }
        }
    }

    private mutating func escape() throws(JSONReader.Failure) -> Unicode.Scalar {
        let byte = try peek()
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw .malformed(at: at - 1)
        }
    }

    private mutating func unicodeEscape() throws(JSONReader.Failure) -> Unicode.Scalar {
        let unit = try hexUnit()
        guard (0xD800..<0xDC00).contains(unit) else {
            guard let scalar = Unicode.Scalar(unit) else { return try loneSurrogate() }
            return scalar
        }
        guard at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else {
            return try loneSurrogate()
        }
        let rewind = at
        at += 2
        let low = try hexUnit()
        guard (0xDC00..<0xE000).contains(low) else {
            at = rewind
            return try loneSurrogate()
        }
        return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
    }

    // It is no character: a provider's becomes U+FFFD.
    private func loneSurrogate() throws(JSONReader.Failure) -> Unicode.Scalar {
        if isStrict { throw .malformed(at: at) }
        return "\u{FFFD}"
    }

    private mutating func hexUnit() throws(JSONReader.Failure) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = WireEncoding.hexValue(try peek()) else { throw .malformed(at: at) }
            unit = unit << 4 | UInt32(digit)
            at += 1
        }
        return unit
    }
}
