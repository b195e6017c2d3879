import API
import ConnectorSDK
import Foundation
import Logging
import Model

/// One log line. DESIGN.md §7 names the fields; they come first and in that order, others follow by name.
struct LogLine {
    let time: Date
    let level: Logger.Level
    let message: String
    let subsystem: String
    let label: String
    let fields: Logger.Metadata

    /// A JSON object and a line end.
    var json: String {
        var line = "{"
        line.reserveCapacity(512)
        line += "\"time\":" + quoted(Self.timeText(time))
        line += ",\"level\":" + quoted(level.rawValue)
        line += ",\"message\":" + shown(message)
        line += ",\"subsystem\":" + quoted(subsystem)
        for (key, value) in named {
            line += "," + quoted(key) + ":"
            line += Self.numbers.contains(key) ? number(value) : self.value(value)
        }
        line += ",\"logger\":" + quoted(label)
        line += "}\n"
        return line
    }

    /// For people: time, level, message, then the fields as `name=value`.
    var text: String {
        let pairs = named.map { " \($0.key)=\(value($0.value))" }.joined()
        let oneLine = String(shown(message).dropFirst().dropLast())
        return "\(Self.timeText(time)) \(level.rawValue) [\(label)] \(oneLine)\(pairs)\n"
    }

    private static let order = [
        "request_id", "trace_id", "org", "connector", "connection", "generation", "attempt", "caller", "duration_ms",
        "code",
    ]
    private static let places = Dictionary(uniqueKeysWithValues: zip(order, 0...))
    private static let numbers: Set<String> = ["generation", "duration_ms"]
    /// What a field must not be called, since a line has these already.
    private static let taken: Set<String> = ["time", "level", "message", "subsystem", "logger"]

    private var named: [(key: String, value: Logger.MetadataValue)] {
        let places = fields.keys.map { key in (place: Self.places[key] ?? Int.max, key: key) }
        let sorted = places.sorted { $0.place == $1.place ? $0.key < $1.key : $0.place < $1.place }
        return sorted.compactMap { _, key in
            guard let value = fields[key] else { return nil }
            return (key: Self.taken.contains(key) ? key + "_" : key, value: value)
        }
    }

    /// To the millisecond, rounded down.
    static func timeText(_ time: Date) -> String {
        TimeText.text(Timestamp(milliseconds: Int64((time.timeIntervalSince1970 * 1000).rounded(.down))))
    }

    private func value(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): shown(text)
        case .stringConvertible(let value as Int): String(value)
        case .stringConvertible(let value as Bool): String(value)
        case .stringConvertible(let value): shown("\(value)")
        case .array(let elements): "[" + elements.map(self.value).joined(separator: ",") + "]"
        case .dictionary(let members):
            "{"
                + members.sorted { $0.key < $1.key }.map { shown($0.key) + ":" + self.value($0.value) }.joined(
                    separator: ",")
                + "}"
        }
    }

    /// Fields that are numbers by their meaning stay so although most code gives them as text.
    private func number(_ value: Logger.MetadataValue) -> String {
        let text = "\(value)"
        guard text.utf8.count < 20, let number = Double(text), number.isFinite, text.first != "+" else {
            return self.value(value)
        }
        return Int(text).map(String.init) ?? "\(number)"
    }

    private func shown(_ text: String) -> String { quoted(TokenRedaction.redact(text)) }
    private func quoted(_ text: String) -> String { JSONWriter.string(text) }
}
