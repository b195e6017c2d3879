import API
import ConnectorSDK
import Foundation
import Model
import Settings

/// Writes the line of a request without a logger's dictionaries between: it is the line that is written most. Byte for
/// byte what `HostLogHandler` would write, redaction of every text that a caller may have chosen included.
struct DirectRequestLog: RequestLog {
    private let output: LogOutput
    private let now: @Sendable () -> Date
    /// What all lines have before the fields.
    private let head: [UInt8]
    /// What all lines have after the fields.
    private let tail: [UInt8]

    /// Nil where lines are not JSON.
    init?(style: LogStyle, label: String, output: LogOutput, now: @escaping @Sendable () -> Date = { Date() }) {
        guard style.format == .json else { return nil }
        self.output = output
        self.now = now
        let subsystem = JSONWriter.string(style.subsystem)
        head = Array(#"","level":"info","message":"request","subsystem":\#(subsystem),"request_id":"#.utf8)
        tail = Array(#","logger":\#(JSONWriter.string(label))}"#.utf8) + [UInt8(ascii: "\n")]
    }

    func write(_ line: RequestLine) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        bytes.append(contentsOf: #"{"time":""#.utf8)
        bytes.append(contentsOf: LogLine.timeText(now()).utf8)
        bytes.append(contentsOf: head)
        bytes.append(shown: line.requestID)
        bytes.append(#","trace_id":"#, line.traceID)
        bytes.append(#","org":"#, line.organization)
        bytes.append(#","connector":"#, line.connector)
        bytes.append(#","connection":"#, line.connection)
        if let generation = line.generation {
            bytes.append(contentsOf: #","generation":"#.utf8)
            bytes.append(contentsOf: String(generation).utf8)
        }
        bytes.append(#","caller":"#, line.caller)
        bytes.append(contentsOf: #","duration_ms":"#.utf8)
        bytes.append(milliseconds: line.took)
        bytes.append(#","code":"#, line.code)
        bytes.append(#","method":"#, line.method)
        bytes.append(#","route":"#, line.route)
        bytes.append(contentsOf: #","status":"#.utf8)
        bytes.append(contentsOf: String(line.status).utf8)
        bytes.append(contentsOf: tail)
        bytes.withUnsafeBytes { output.write($0) }
    }
}

extension [UInt8] {
    /// A member; none for nil.
    fileprivate mutating func append(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        name.withUTF8Buffer { append(contentsOf: $0) }
        append(shown: text)
    }

    /// A text in quotes, without what looks like a token.
    fileprivate mutating func append(shown text: String) {
        var text = TokenRedaction.redact(text)
        let isPlain = text.withUTF8 { bytes in
            guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C && $0 != 0x7F }) else { return false }
            append(UInt8(ascii: "\""))
            append(contentsOf: bytes)
            append(UInt8(ascii: "\""))
            return true
        }
        if !isPlain { append(contentsOf: JSONWriter.string(text).utf8) }
    }

    /// With up to three digits behind the point and at least one.
    fileprivate mutating func append(milliseconds duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let microseconds = seconds * 1_000_000 + (attoseconds + 500_000_000_000) / 1_000_000_000_000
        append(contentsOf: String(microseconds / 1000).utf8)
        append(UInt8(ascii: "."))
        var rest = microseconds % 1000
        repeat {
            append(UInt8(ascii: "0") + UInt8(rest / 100))
            rest = rest % 100 * 10
        } while rest > 0
    }
}
