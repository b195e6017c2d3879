import Foundation
import Logging
import Settings

/// Starts the logs of this process.
enum HostLogging {
    private static let style = LiveLogStyle(
        LogStyle(.init(subsystem: "token-manager", level: .info, format: .json, logsHTTPRequests: true)))

    /// From now on every logger writes to standard output. Call once.
    static func start(_ settings: HostSettings.LogSettings) {
        change(settings)
        LoggingSystem.bootstrap { label in HostLogHandler(label: label, style: style, output: .standard) }
    }

    /// From now on lines look like that, also those of loggers that there are.
    static func change(_ settings: HostSettings.LogSettings) { style.change(to: LogStyle(settings)) }

    /// What writes the lines of `LOG_HTTP_REQUESTS`; nil: the logger itself has to.
    static func requests(_ settings: HostSettings.LogSettings, _ logger: Logger) -> DirectRequestLog? {
        DirectRequestLog(style: LogStyle(settings), label: logger.label, output: .standard)
    }

    /// A line of a command's own output, at once even when it goes to a file.
    static func print(_ line: String) { LogOutput.standard.write(line + "\n") }
}

/// How log lines look.
struct LogStyle: Sendable {
    let subsystem: String
    let level: Logger.Level
    let format: HostSettings.LogSettings.Format

    init(_ settings: HostSettings.LogSettings) {
        subsystem = settings.subsystem
        // The raw values are the same.
        level = Logger.Level(rawValue: settings.level.rawValue) ?? .info
        format = settings.format
    }
}
