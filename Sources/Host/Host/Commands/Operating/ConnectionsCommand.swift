import ArgumentParser
import ConnectorSDK
import Foundation
import Settings

/// `token-manager connections`.
struct ConnectionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connections",
        abstract: "Looks after connections; no command shows a token, and a sealed export alone takes them out.",
        subcommands: [
            ListConnectionsCommand.self, ShowConnectionCommand.self, RefreshConnectionCommand.self,
            RevokeConnectionCommand.self, VerifyConnectionsCommand.self, ExportConnectionsCommand.self,
            ImportConnectionsCommand.self,
        ])
}

/// The one connection that a command is about.
struct ConnectionArgument: ParsableArguments {
    @Argument(help: "The connection's id.")
    var id: String
}

/// `token-manager connections list`.
struct ListConnectionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists connections.")

    @Option(name: [.customLong("org"), .customLong("organization")], help: "Of this organization only.")
    var org: String?

    @Option(help: "Of this connector only.")
    var connector: String?

    @Option(help: "With this status only, such as verify or needs_reauthorization.")
    var status: String?

    @Option(help: "Of this owner only: organization, or a user's id.")
    var owner: String?

    @Option(help: "With this name only.")
    var name: String?

    @OptionGroup var output: FormatOption
    @OptionGroup var config: ConfigOption

    func run() async throws {
        let filters = [
            ("organization", org), ("connector", connector), ("status", status), ("owner", owner), ("name", name),
        ]
        let arguments = filters.compactMap { name, value in value.map { (name, JSONValue.string($0)) } }
        _ = try await config.list(
            AdminRequest(.listConnections, Dictionary(uniqueKeysWithValues: arguments)), output.format,
            columns: ["id", "organization", "connector", "name", "owner", "status", "generation", "expires_at"])
    }
}

/// `token-manager connections show`.
struct ShowConnectionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows one connection as JSON.")

    @OptionGroup var connection: ConnectionArgument

    @OptionGroup var config: ConfigOption

    func run() async throws {
        HostLogging.print(
            JSONWriter.text(try await config.ask(AdminRequest(.showConnection, ["id": .string(connection.id)]))))
    }
}

/// `token-manager connections refresh`.
struct RefreshConnectionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "refresh", abstract: "Refreshes one connection.")

    @OptionGroup var connection: ConnectionArgument

    @Option(help: "The token's name, where a connection holds several.")
    var name: String?

    @Flag(help: "Also when the token was received a moment ago.")
    var force = false

    @OptionGroup var output: FormatOption
    @OptionGroup var config: ConfigOption

    func run() async throws {
        var request = AdminRequest(.refreshConnection, ["id": .string(connection.id), "force": .bool(force)])
        if let name { request.arguments["name"] = .string(name) }
        let answer = try await config.ask(request)
        HostLogging.print(
            output.format == .json
                ? JSONWriter.text(answer) : "\(answer.shown("outcome")), generation \(answer.shown("generation"))")
    }
}

/// `token-manager connections revoke`.
struct RevokeConnectionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Revokes one connection: its tokens are not served from now on.",
        discussion: "The provider is told in the background by a host that runs, again and again until it is certain.")

    @OptionGroup var connection: ConnectionArgument

    @OptionGroup var output: FormatOption
    @OptionGroup var config: ConfigOption

    func run() async throws {
        let answer = try await config.ask(AdminRequest(.revokeConnection, ["id": .string(connection.id)]))
        HostLogging.print(
            output.format == .json ? JSONWriter.text(answer) : "revoked; at the provider: \(answer.shown("revocation"))"
        )
    }
}
