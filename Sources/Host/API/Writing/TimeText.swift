import Model
import NIOCore

/// Times as RFC 3339 writes them, always UTC and always with three digits of a second: `2026-01-31T08:49:37.120Z`.
enum TimeText {
    private static let firstMillisecond: Int64 = 0
    // 9999-12-31T23:59:59.999Z: RFC 3339 has four digits for the year.
    private static let lastMillisecond: Int64 = 253_402_300_799_999

    static func text(_ time: Timestamp) -> String {
        var buffer = ByteBuffer()
        write(time, to: &buffer)
        return String(buffer: buffer)
    }

    /// Times before 1970 and after 9999 are written as the nearest that is not.
    static func write(_ time: Timestamp, to buffer: inout ByteBuffer) {
        let milliseconds = min(max(time.milliseconds, firstMillisecond), lastMillisecond)
        let (days, rest) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        let (year, month, day) = date(days: days)
        let second = rest / 1000
        write(year, digits: 4, "-", to: &buffer)
        write(month, digits: 2, "-", to: &buffer)
        write(day, digits: 2, "T", to: &buffer)
        write(second / 3600, digits: 2, ":", to: &buffer)
        write(second / 60 % 60, digits: 2, ":", to: &buffer)
        write(second % 60, digits: 2, ".", to: &buffer)
        write(rest % 1000, digits: 3, "Z", to: &buffer)
    }

    private static func write(_ number: Int64, digits: Int, _ end: StaticString, to buffer: inout ByteBuffer) {
        var divisor: Int64 = digits == 4 ? 1000 : digits == 3 ? 100 : 10
        while divisor > 0 {
            buffer.writeInteger(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
        buffer.writeStaticString(end)
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
