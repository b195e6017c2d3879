import ArgumentParser
import ConnectorSDK
import Settings

/// `token-manager keys`.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Looks after the keys that seal.", subcommands: [KeyStatusCommand.self])
}

/// `token-manager keys status`.
struct KeyStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Lists the data keys of each organization, and how much they have sealed.",
        discussion: "The key encryption key is named on standard error; no key is shown.")

    @Option(help: "text or json.")
    var format = OutputFormat.text

    @OptionGroup var config: ConfigOption

    func run() async throws {
        let printer = ItemPrinter(format, columns: ["organization", "id", "created_at", "encryptions", "retired"])
        let answer = try await config.ask(AdminRequest(.keyStatus)) { printer.print($0) }
        printer.finish()
        LogOutput.standardError.write("key encryption key \(answer.shown("key"))\n")
    }
}
