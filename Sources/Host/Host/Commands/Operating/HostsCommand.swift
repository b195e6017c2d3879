import ArgumentParser
import ConnectorSDK
import Settings

/// `token-manager hosts`.
struct HostsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hosts", abstract: "Looks after the hosts of a store.",
        subcommands: [ListHostsCommand.self, LostHostCommand.self])
}

/// `token-manager hosts list`.
struct ListHostsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the hosts that the store knows, with their last heartbeat.")

    @OptionGroup var output: FormatOption
    @OptionGroup var config: ConfigOption

    func run() async throws {
        _ = try await config.list(
            AdminRequest(.listHosts), output.format, columns: ["id", "heartbeat_at", "lost", "this", "boot"])
    }
}

/// `token-manager hosts lost`: row 27 of PROTOCOL.md.
struct LostHostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lost", abstract: "Says that a host, and what its spool held, will not come back.",
        discussion: """
            Connections whose last refresh that host sent wait for its word, since it may hold the answer. After this
            they do not wait any more. If the host lives after all, a repeated refresh may revoke the grant whose answer
            it holds: make sure that it is off, and its disk lost. It is said in the audit.
            """)

    @Argument(help: "The host's id; see `hosts list`.")
    var host: String

    @OptionGroup var config: ConfigOption

    func run() async throws {
        LogOutput.standardError.print(
            "warning: if that host lives and holds an answer, a repeated refresh may cost the grant of that answer\n")
        let answer = try await config.ask(AdminRequest(.declareHostLost, ["host": .string(host)]))
        HostLogging.print("\(answer.shown("host")) is lost: nobody waits for its word any more")
    }
}
