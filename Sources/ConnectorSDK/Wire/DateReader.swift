/// Reads the dates that providers write, as milliseconds since 1970. Nil for what is no date.
public enum DateReader {
    /// An HTTP date in any of its three forms (RFC 9110 §5.6.7).
    public static func httpDate(_ text: String) -> Int64? {
        var words = text.replacing("-", with: " ").split(separator: " ").map(String.init)
        guard words.count == 5 || words.count == 6 else { return nil }
        let weekday = words.removeFirst()
        guard weekday.utf8.count >= 3, weekday.allSatisfy({ $0.isASCII && ($0.isLetter || $0 == ",") }) else {
            return nil
        }
        // asctime: month, day, time, year; the others: day, month, year, time, zone.
        if words.count == 4 { words = [words[1], words[0], words[3], words[2], "GMT"] }
        guard words[4] == "GMT" || words[4] == "UTC", let day = number(words[0], digits: 1...2) else { return nil }
        guard let month = months.firstIndex(of: words[1]), let year = year(words[2]) else { return nil }
        guard let time = timeOfDay(words[3]) else { return nil }
        return milliseconds(year: year, month: month + 1, day: day).map { $0 + time }
    }

    /// RFC 3339 (`2026-01-31T08:49:37.5+01:00`); the zone must be there.
    public static func rfc3339(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard (20...40).contains(bytes.count), [0x54, 0x74, 0x20].contains(bytes[10]) else { return nil }
        let date = text.prefix(10).split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard text.allSatisfy(\.isASCII), date.count == 3, let year = number(date[0], digits: 4...4) else { return nil }
        guard let month = number(date[1], digits: 2...2), let day = number(date[2], digits: 2...2) else { return nil }
        let clock = text.dropFirst(11)
        guard let zoneStart = clock.firstIndex(where: { "Zz+-".contains($0) }), let offset = zone(clock[zoneStart...])
        else {
            return nil
        }
        guard let time = timeOfDay(String(clock[..<zoneStart])) else { return nil }
        return milliseconds(year: year, month: month, day: day).map { $0 + time - offset }
    }

    /// Seconds since 1970, or milliseconds from 10^11 on (DESIGN.md §3, `response.map`).
    public static func epoch(_ number: Double) -> Int64? {
        guard number.isFinite, abs(number) < 1e15 else { return nil }
        return Int64((abs(number) < 1e11 ? number * 1000 : number).rounded(.down))
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    // A year of two digits is the one that is at most 50 years ahead, seen from about now (RFC 9110 §5.6.7).
    private static func year(_ text: String) -> Int? {
        number(text, digits: 4...4) ?? number(text, digits: 2...2).map { $0 < 75 ? 2000 + $0 : 1900 + $0 }
    }

    private static func number(_ text: String, digits: ClosedRange<Int>) -> Int? {
        digits.contains(text.utf8.count) && text.utf8.allSatisfy(WireEncoding.isDigit) ? Int(text) : nil
    }

    private static func timeOfDay(_ text: String) -> Int64? {
        let halves = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let parts = halves[0].split(separator: ":", omittingEmptySubsequences: false).map {
            number(String($0), digits: 2...2)
        }
        guard parts.count == 3, let hour = parts[0], let minute = parts[1], let second = parts[2] else { return nil }
        guard hour < 24, minute < 60, second <= 60 else { return nil }
        var fraction: Int64 = 0
        if halves.count == 2 {
            guard let digits = number(halves[1], digits: 1...9), let scaled = Double("0." + halves[1]), digits >= 0
            else { return nil }
            fraction = Int64(scaled * 1000)
        }
        return Int64(hour * 3600 + minute * 60 + second) * 1000 + fraction
    }

    private static func zone(_ text: Substring) -> Int64? {
        if text == "Z" || text == "z" { return 0 }
        let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let hours = number(parts[0], digits: 2...2),
            let minutes = number(parts[1], digits: 2...2)
        else {
            return nil
        }
        guard hours < 24, minutes < 60 else { return nil }
        return Int64(hours * 60 + minutes) * (text.hasPrefix("-") ? -60_000 : 60_000)
    }

    // Midnight UTC of a day of the Gregorian calendar; 477 leap days lie before 1970.
    private static func milliseconds(year: Int, month: Int, day: Int) -> Int64? {
        guard (1...12).contains(month), (1...31).contains(day), year >= 1970 else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[month - 1] else { return nil }
        let before = year - 1
        let leapDays = before / 4 - before / 100 + before / 400 - 477
        let days = (year - 1970) * 365 + leapDays + lengths[..<(month - 1)].reduce(0, +) + day - 1
        return Int64(days) * 86_400_000
    }
}

extension ProviderResponse {
    /// What `Retry-After` asks for (RFC 9110 §10.2.3): seconds or a date, between nothing and a day.
    public var retryAfter: Duration? {
        guard let text = header("retry-after") else { return nil }
        if let seconds = JSONValue.string(text).decimal { return seconds < 0 ? nil : .seconds(min(seconds, 86_400)) }
        guard let date = DateReader.httpDate(text) else { return nil }
        return .milliseconds(min(max(date - receivedAt, 0), 86_400_000))
    }
}
