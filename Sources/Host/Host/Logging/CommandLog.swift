import Logging
import Settings

/// The log of a command that does a host's work: errors only, and not in its output.
enum CommandLog {
    private static let style = LogStyle(
        .init(subsystem: "command", level: .error, format: .text, logsHTTPRequests: false))

    static var logger: Logger {
        Logger(label: "command") { HostLogHandler(label: $0, style: style, output: .standardError) }
    }

    /// The line that tells of lines that are lost.
    @Sendable static func loss(_ lines: Int) -> String { style.loss(lines) }
}
