package import Foundation

extension Data {
    /// Base64 for URLs, without padding (RFC 4648 §5).
    package var base64URL: String {
        base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Reads base64 of either alphabet, with or without padding, as people write keys; nil for anything else.
    init?(base64URL text: String) {
        let characters = text.utf8.filter { $0 != UInt8(ascii: "=") }.map { character in
            switch character {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: character
            }
        }
        guard let bytes = base64URLDecoded(characters) else { return nil }
        self.init(bytes)
    }
}

/// Reads base64url without padding (RFC 7515 §2). Strict: nil for padding, for any other character, and for a length or
/// last character that no encoder writes.
package func base64URLDecoded(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for character in text {
        guard let value = base64URLValue(character) else { return nil }
        bits = bits << 6 | UInt32(value)
        count += 6
        if count >= 8 {
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
    }
    // Up to four bits are left over, and they are zero; six would be a lone character.
    return count < 6 && bits & (1 << UInt32(count) - 1) == 0 ? bytes : nil
}

private func base64URLValue(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
    case UInt8(ascii: "-"): 62
    case UInt8(ascii: "_"): 63
    default: nil
    }
}
