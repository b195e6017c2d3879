import Foundation
import Logging
import Settings

/// Writes one line for each event, without buffering, and without anything that looks like a token (SECURITY 56).
struct HostLogHandler: LogHandler {
    /// Everybody's, until somebody sets it for one logger.
    var logLevel: Logger.Level {
        get { ownLevel ?? style.level }
        set { ownLevel = newValue }
    }
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    private var ownLevel: Logger.Level?
    private let label: String
    private let style: LiveLogStyle
    private let output: LogOutput

    init(label: String, style: LiveLogStyle, output: LogOutput) {
        self.label = label
        self.style = style
        self.output = output
    }

    /// A handler whose lines always look like that.
    init(label: String, style: LogStyle, output: LogOutput) {
        self.init(label: label, style: LiveLogStyle(style), output: output)
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
        // Most lines bring all their fields themselves.
        if let own = event.metadata { if fields.isEmpty { fields = own } else { fields.merge(own) { $1 } } }
        if let error = event.error { fields["error"] = "\(error)" }
        let style = style.current
        let line = LogLine(
            time: Date(), level: event.level, message: "\(event.message)", subsystem: style.subsystem, label: label,
            fields: fields)
        output.write(style.text(of: line))
    }
}
