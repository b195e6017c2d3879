import ArgumentParser
import Logging
import Settings

/// `token-manager serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve", abstract: "Runs the host.")

    @Flag(help: "Do not start when a definition is wrong.")
    var strict = false

    @Flag(help: "Put changed definitions into force that are otherwise held back.")
    var acceptChanges = false

    @OptionGroup var config: ConfigOption

    func run() async throws {
        let signals = await HostSignals()
        let source = SettingsSource(file: config.file)
        let settings = try HostSettings.load(from: source)
        HostLogging.start(settings.logging)
        try await runHost(
            settings, from: source, strict: strict, acceptChanges: acceptChanges, signals: signals,
            logger: Logger(label: "host"))
    }
}
