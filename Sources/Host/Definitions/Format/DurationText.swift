package import ConnectorSDK

/// Durations and rates as definitions and settings write them.
package enum DurationText {
    /// `30s`, `5m`, `1h`, `90d`, `1y` (365 days). Nil for anything else and for more than 100 years.
    package static func read(_ text: String) -> Duration? {
        guard let unit = text.last.flatMap({ units[$0] }) else { return nil }
        guard let count = count(text.dropLast(), digits: 10), count <= 100 * year / unit else { return nil }
        return .seconds(count * unit)
    }

    /// `100/1s`. Nil for anything else, for no calls at all and for no time at all.
    package static func readRate(_ text: String) -> RateLimit? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = count(parts[0], digits: 7), count > 0 else { return nil }
        guard let per = read(String(parts[1])), per > .zero else { return nil }
        return RateLimit(count: count, per: per)
    }

    private static let year = 365 * 86400
    private static let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86400, "y": year]

    private static func count(_ text: Substring, digits: Int) -> Int? {
        guard (1...digits).contains(text.count), text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int(text)
    }
}
