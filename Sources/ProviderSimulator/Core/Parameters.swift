/// The parameters of a form body or a query, in order.
struct Parameters: Sendable {
    private(set) var pairs: [(name: String, value: String)] = []

    /// Takes pairs as they are.
    init(_ pairs: [(name: String, value: String)]) { self.pairs = pairs }

    /// Reads `application/x-www-form-urlencoded` text.
    init(form text: some StringProtocol) {
        for part in text.utf8.split(separator: UInt8(ascii: "&")) {
            let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let value = halves.count > 1 ? FormText.decode(halves[1]) : ""
            pairs.append((FormText.decode(halves[0]), value))
        }
    }

    /// Both lists, these first.
    func adding(_ other: Parameters) -> Parameters {
        var all = self
        all.pairs += other.pairs
        return all
    }

    /// The first value of that name; an empty one counts as not sent (RFC 6749 §3.1).
    subscript(name: String) -> String? {
        pairs.first { $0.name == name && !$0.value.isEmpty }?.value
    }

    /// A name that stands more than once, which RFC 6749 §3.1 and §3.2 forbid.
    var repeated: String? {
        var seen: Set<String> = []
        return pairs.first { !seen.insert($0.name).inserted }?.name
    }
}

/// Percent-encoding of form values.
enum FormText {
    /// Undoes form-encoding: `+` is a space; a broken escape stands for itself, bad UTF-8 is repaired.
    static func decode(_ bytes: some Collection<UInt8>) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            let rest = bytes[index...].dropFirst().prefix(2)
            if byte == UInt8(ascii: "%"), rest.count == 2, let value = hexValue(rest) {
                result.append(value)
                index = rest.endIndex
            } else {
                result.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                index = bytes.index(after: index)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Percent-encodes all but the unreserved characters of RFC 3986 §2.3.
    static func encode(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                result += byte < 16 ? "%0\(hex)" : "%\(hex)"
            }
        }
        return result
    }

    private static func hexValue(_ digits: some Collection<UInt8>) -> UInt8? {
        digits.allSatisfy { Unicode.Scalar($0).properties.isASCIIHexDigit }
            ? UInt8(String(decoding: digits, as: UTF8.self), radix: 16) : nil
    }
}
