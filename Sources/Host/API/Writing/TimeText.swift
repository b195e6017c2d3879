package import Model
import NIOCore

/// Times as RFC 3339 writes them, always UTC and always with three digits of a second: `2026-01-31T08:49:37.120Z`.
package enum TimeText {
    private static let length = 24
    private static let firstMillisecond: Int64 = 0
    // 9999-12-31T23:59:59.999Z: RFC 3339 has four digits for the year.
    private static let lastMillisecond: Int64 = 253_402_300_799_999

    /// Times before 1970 and after 9999 are written as the nearest that is not.
    package static func text(_ time: Timestamp) -> String {
        String(unsafeUninitializedCapacity: length) { bytes in
            fill(UnsafeMutableRawBufferPointer(bytes), with: time)
            return length
        }
    }

    /// The same into a buffer.
    static func write(_ time: Timestamp, to buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { bytes in
            fill(bytes, with: time)
            return length
        }
    }

    /// RFC 9110 §5.6.7, as in `Sun, 06 Nov 1994 08:49:37 GMT`.
    /// - Parameter second: since 1970.
    static func httpDate(second: Int64) -> String {
        let (year, month, day) = date(days: second / 86_400)
        let clock = text(Timestamp(milliseconds: second * 1000)).dropFirst(11).prefix(8)
        let weekday = weekdays[Int((second / 86_400 + 4) % 7)]
        return "\(weekday), \(day < 10 ? "0" : "")\(day) \(months[Int(month) - 1]) \(year) \(clock) GMT"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func fill(_ bytes: UnsafeMutableRawBufferPointer, with time: Timestamp) {
        let milliseconds = min(max(time.milliseconds, firstMillisecond), lastMillisecond)
        let (days, rest) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        let (year, month, day) = date(days: days)
        let second = rest / 1000
        fill(bytes, 0..<4, year, "-")
        fill(bytes, 5..<7, month, "-")
        fill(bytes, 8..<10, day, "T")
        fill(bytes, 11..<13, second / 3600, ":")
        fill(bytes, 14..<16, second / 60 % 60, ":")
        fill(bytes, 17..<19, second % 60, ".")
        fill(bytes, 20..<23, rest % 1000, "Z")
    }

    private static func fill(
        _ bytes: UnsafeMutableRawBufferPointer, _ places: Range<Int>, _ number: Int64, _ end: Unicode.Scalar
    ) {
        var rest = number
        for place in places.reversed() {
            bytes[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        bytes[places.upperBound] = UInt8(ascii: end)
    }

    // Days since 1970 to a day of the Gregorian calendar, in years that begin in March so that the leap day is last:
    // https://howardhinnant.github.io/date_algorithms.html#civil_from_days
    private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}
