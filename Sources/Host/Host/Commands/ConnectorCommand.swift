import ArgumentParser

/// `token-manager connector`.
struct ConnectorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connector", abstract: "Makes connector definitions.",
        subcommands: [ConnectorNewCommand.self, ConnectorImportCommand.self])
}
