import ConnectorSDK
import Foundation
import Logging

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
        var members = [
            ("time", quoted(timeText)), ("level", quoted(level.rawValue)), ("message", shown(message)),
            ("subsystem", quoted(subsystem)),
        ]
        members += named.map { ($0.key, Self.numbers.contains($0.key) ? number($0.value) : value($0.value)) }
        members.append(("logger", quoted(label)))
        return "{" + members.map { "\(quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}\n"
    }

    /// For people: time, level, message, then the fields as `name=value`.
    var text: String {
        let pairs = named.map { " \($0.key)=\(value($0.value))" }.joined()
        let oneLine = String(shown(message).dropFirst().dropLast())
        return "\(timeText) \(level.rawValue) [\(label)] \(oneLine)\(pairs)\n"
    }

    private static let order = [
        "request_id", "trace_id", "org", "connector", "connection", "generation", "attempt", "caller", "duration_ms",
        "code",
    ]
    private static let numbers: Set<String> = ["generation", "duration_ms"]
    /// What a field must not be called, since a line has these already.
    private static let taken: Set<String> = ["time", "level", "message", "subsystem", "logger"]

    private var named: [(key: String, value: Logger.MetadataValue)] {
        let first = Self.order.compactMap { key in fields[key].map { (key: key, value: $0) } }
        let rest = fields.filter { !Self.order.contains($0.key) }.sorted { $0.key < $1.key }
        return first + rest.map { (key: Self.taken.contains($0.key) ? $0.key + "_" : $0.key, value: $0.value) }
    }

    private var timeText: String {
        time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
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
