/// Makes tokens and codes: 192 bits of randomness behind a prefix that says they are made up.
struct TokenSource: Sendable {
    var random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()

    mutating func accessToken() -> String { "sandbox_at_" + text() }
    mutating func refreshToken() -> String { "sandbox_rt_" + text() }
    mutating func code() -> String { "sandbox_code_" + text() }
    mutating func deviceCode() -> String { "sandbox_device_" + text() }

    /// Eight letters that are not mistaken for others (RFC 8628 §6.1).
    mutating func userCode() -> String {
        let letters = Array("BCDFGHJKLMNPQRSTVWXZ")
        let text = (0..<8).map { _ in letters[Int(random.next(upperBound: UInt64(letters.count)))] }
        return String(text[..<4]) + "-" + String(text[4...])
    }

    private mutating func text() -> String {
        var result = ""
        for _ in 0..<3 {
            let hex = String(random.next(), radix: 16)
            result += String(repeating: "0", count: 16 - hex.count) + hex
        }
        return result
    }
}
