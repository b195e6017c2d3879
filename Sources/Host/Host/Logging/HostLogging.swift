import Dispatch
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
    static func print(_ line: String) { LogOutput.standard.print(line + "\n") }

    /// The line that tells of lines that are lost.
    @Sendable static func loss(_ lines: Int) -> String { style.current.loss(lines) }

    /// Before the process ends: what is pending gets a little time, not more, since its reader may have stalled for good.
    static func finish() {
        let end = DispatchTime.now() + .seconds(2)
        LogOutput.standard.finish(until: end)
        LogOutput.standardError.finish(until: end)
    }
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

    /// A line that looks like that.
    func text(of line: LogLine) -> String { format == .json ? line.json : line.text }

    /// The line that tells of lines that are lost, whatever the level is: nobody would look for them else.
    func loss(_ lines: Int) -> String {
        text(
            of: LogLine(
                time: Date(), level: .warning,
                message: "log lines are lost: the output did not take them; read it faster, or log less",
                subsystem: subsystem, label: "log", fields: ["lost": .stringConvertible(lines)]))
    }
}
