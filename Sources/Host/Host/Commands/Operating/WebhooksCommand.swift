import ArgumentParser
import ConnectorSDK
import Settings

/// `token-manager webhooks`.
struct WebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks", abstract: "Looks after deliveries to WEBHOOK_URL.",
        subcommands: [ListWebhooksCommand.self, ReplayWebhooksCommand.self])
}

/// `token-manager webhooks list`.
struct ListWebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists deliveries that were given up, oldest first.")

    @OptionGroup var output: FormatOption
    @OptionGroup var config: ConfigOption

    func run() async throws {
        _ = try await config.list(
            AdminRequest(.listWebhooks), output.format,
            columns: ["id", "type", "connection", "at", "given_up_at", "tries", "failure"])
    }
}

/// `token-manager webhooks replay`.
struct ReplayWebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Sends deliveries again that were given up; audited.")

    @Argument(help: "Ids of `webhooks list`.")
    var ids: [String] = []

    @Flag(help: "All of them.")
    var all = false

    @OptionGroup var config: ConfigOption

    func validate() throws {
        if all != ids.isEmpty { throw ValidationError("name the ids, or give --all") }
    }

    func run() async throws {
        let arguments = all ? [:] : ["ids": JSONValue.array(ids.map(JSONValue.string))]
        let answer = try await config.ask(AdminRequest(.replayWebhooks, arguments))
        HostLogging.print("\(answer.shown("replayed")) are sent again")
        guard case .object(let members) = answer, case .array(let unknown)? = members["unknown"], !unknown.isEmpty
        else {
            return
        }
        throw StartFailure(
            "no delivery that was given up: \(unknown.compactMap(\.scalarText).joined(separator: ", "))",
            code: .wrongUsage)
    }
}
