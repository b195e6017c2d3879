import API
import ArgumentParser

/// `token-manager` (DESIGN.md §5).
struct TokenManagerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token-manager",
        abstract: "Owns the OAuth tokens of third-party integrations.",
        discussion: """
            Settings come from the environment, then from the file of --config.
            Exit codes: 0 fine, 1 a check failed, 2 wrong usage, 3 a dependency is unreachable.
            """,
        version: BuildInformation.current.version,
        subcommands: [
            ServeCommand.self, LintCommand.self, ExplainCommand.self, SchemaCommand.self, OpenAPICommand.self,
            ConnectorCommand.self, SandboxCommand.self,
            JWTCommand.self, AuditCommand.self,
            ConnectionsCommand.self, StoreCommand.self, HostsCommand.self, KeysCommand.self, OrganizationsCommand.self,
            WebhooksCommand.self,
            DoctorCommand.self,
        ])
}

/// `--config`, for every command that reads settings.
struct ConfigOption: ParsableArguments {
    @Option(name: .customLong("config"), help: ArgumentHelp("A YAML file with settings.", valueName: "file"))
    var file: String?
}
