import ConnectorSDK

/// Turns what an answer says about a lifetime into an end, milliseconds since 1970 (docs/decisions/0005-odd-lifetimes.md).
/// A lifetime that is not positive, not finite or not readable says nothing, nor does a time that has passed; none is
/// longer than ten years.
struct LifetimeReader {
    let unit: ExpiryRules.Unit
    /// Milliseconds since 1970.
    let receivedAt: Int64

    /// Ten years of 365 days, in milliseconds.
    static let longest: Int64 = 10 * 365 * 86_400_000
    /// 2001-09-09, 10^9 seconds since 1970: a shorter number is sooner a lifetime of decades than a time that has passed.
    private static let firstTenDigits: Int64 = 1_000_000_000_000

    /// The end. The remaining time counts before the time of day, which depends on two clocks.
    func end(in remaining: JSONValue?, at moment: JSONValue?) -> Int64? {
        remaining.flatMap(end(in:)) ?? moment.flatMap(end(at:))
    }

    private func end(in value: JSONValue) -> Int64? {
        guard let number = value.decimal else { return end(at: value) }
        let milliseconds = unit == .milliseconds ? number : number * 1000
        guard milliseconds >= 1 else { return nil }
        if milliseconds <= Double(Self.longest) { return receivedAt + Int64(milliseconds) }
        // Some providers write a time of day into `expires_in`; as a lifetime it would be decades.
        guard let moment = DateReader.epoch(number) else { return receivedAt + Self.longest }
        if moment >= Self.firstTenDigits, moment <= receivedAt { return nil }
        return within(moment) ?? receivedAt + Self.longest
    }

    private func end(at value: JSONValue) -> Int64? {
        if let number = value.decimal { return DateReader.epoch(number).flatMap(capped) }
        guard case .string(let text) = value else { return nil }
        return (DateReader.rfc3339(text) ?? DateReader.httpDate(text)).flatMap(capped)
    }

    private func within(_ end: Int64) -> Int64? {
        end > receivedAt && end <= receivedAt + Self.longest ? end : nil
    }

    private func capped(_ end: Int64) -> Int64? {
        end > receivedAt ? min(end, receivedAt + Self.longest) : nil
    }
}
