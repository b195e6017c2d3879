import ConnectorSDK

/// A provider may repeat what it was sent, whole or cut, and its words go to logs, timelines and callers (SECURITY.md
/// line 12).
enum SecretEcho {
    /// Whether a secret, or twelve bytes of it in a row, stands in the text.
    static func isIn(_ text: String, of secrets: [Secret]) -> Bool {
        let text = Array(text.utf8)
        return secrets.contains { share(text, Array($0.reveal().utf8)) }
    }

    private static func share(_ text: [UInt8], _ secret: [UInt8]) -> Bool {
        let length = min(12, secret.count)
        guard length >= 8, text.count >= length else { return false }
        let starts = Set((0...(secret.count - length)).map { Array(secret[$0..<($0 + length)]) })
        return (0...(text.count - length)).contains { starts.contains(Array(text[$0..<($0 + length)])) }
    }

    /// Twenty characters in a row as tokens have them, with letters and digits: no provider's code is like that.
    static func looksLikeToken(_ text: String) -> Bool {
        let runs = text.utf8.split { !isAlphanumeric($0) && $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") }
        return runs.contains { $0.count >= 20 && $0.contains(where: isDigit) && $0.contains { !isDigit($0) } }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
