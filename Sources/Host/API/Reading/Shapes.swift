import Definitions

/// The shapes of what stands in paths and headers. Whatever has another shape cannot exist.
enum Shapes {
    /// `[a-z0-9-]{1,64}` (DESIGN.md §3).
    static func isConnector(_ text: some StringProtocol) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { isLower($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
    }

    /// Identifiers and names of clients and tokens: `[A-Za-z0-9._~-]{1,128}`.
    static func isName(_ text: some StringProtocol) -> Bool {
        (1...128).contains(text.utf8.count) && text.utf8.allSatisfy { isWord($0) || "._~".utf8.contains($0) }
    }

    /// Names of an organization's clients: `[A-Za-z0-9_-]{1,64}`.
    static func isClient(_ text: some StringProtocol) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(isWord)
    }

    /// Names of settings, whether there is one or not.
    static func isSetting(_ text: some StringProtocol) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { isUpper($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    /// Tickets: base64url.
    static func isTicket(_ text: some StringProtocol) -> Bool {
        (16...256).contains(text.utf8.count) && text.utf8.allSatisfy(isWord)
    }

    /// Verifiers of proof keys (RFC 7636 §4.1): `[A-Za-z0-9._~-]{43,128}`.
    static func isVerifier(_ text: some StringProtocol) -> Bool { isName(text) && text.utf8.count >= 43 }

    /// Request ids, organizations, user ids, scopes (RFC 6749 §3.3): visible ASCII.
    static func isVisible(_ text: some StringProtocol, longest: Int = 128) -> Bool {
        (1...longest).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// Durations as definitions write them, in no more digits than 100 years take in that unit.
    static func isDuration(_ text: String) -> Bool {
        let digits: [Character: Int] = ["s": 10, "m": 8, "h": 6, "d": 5, "y": 3]
        return DurationText.read(text) != nil && text.count - 1 <= text.last.flatMap { digits[$0] } ?? 0
    }

    /// What `isName`, `isClient` and `isVisible` want, in words.
    static let nameRule = "1 to 128 of letters, digits and ._~-"
    static let verifierRule = "43 to 128 of letters, digits and ._~- (RFC 7636 §4.1)"
    static let settingRule = "1 to 64 of capital letters, digits and _"
    static let clientRule = "1 to 64 of letters, digits, - and _"
    static func visibleRule(_ longest: Int = 128) -> String { "1 to \(longest) visible ASCII characters" }

    private static func isUpper(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
    private static func isLower(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLower(byte | 0x20) && byte >= UInt8(ascii: "A") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_")
    }
}
