import Logging
import Settings

/// The log of a command that does a host's work: errors only, and not in its output.
enum CommandLog {
    static var logger: Logger {
        Logger(label: "command") { label in
            let settings = HostSettings.LogSettings(
                subsystem: "command", level: .error, format: .text, logsHTTPRequests: false)
            return HostLogHandler(label: label, style: LogStyle(settings), output: .standardError)
        }
    }
}
