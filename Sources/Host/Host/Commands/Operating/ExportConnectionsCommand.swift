import ArgumentParser
import ConnectorSDK
import Foundation
import Secrets

/// `token-manager connections export`.
struct ExportConnectionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes connections with what they present into a file that one key opens, for `import` elsewhere.",
        discussion: """
            The receiving side makes the key: `connections import --new-key FILE` keeps the private one and prints the
            public one. Nothing else opens the file, this host included.
            What is redeemed again, or is not spent by use, is exported and goes on here. A refresh token that the
            provider replaces with each use can be refreshed by one host only: such connections are left out, unless
            --hand-over is given. Then they have the status verify here: they serve the access tokens that are still
            valid and present nothing, also after another database was put in place. To revoke or delete them here ends
            them here alone: the provider is told nothing, since the other side goes on. If the export comes to nothing,
            `connections verify ID --assume-current` takes one back.
            Exit code 1 when something was left out.
            """)

    @Option(help: "The public key of the receiving side, such as tmx1_….")
    var to: String

    @Option(name: [.customLong("organization"), .customLong("org")], help: "Of this organization only.")
    var organization: String?

    @Option(help: "Of this connector only.")
    var connector: String?

    @Flag(help: "Also those whose refresh token is replaced with each use; this host stops refreshing them.")
    var handOver = false

    @Argument(help: "A file that does not exist yet.")
    var file: String

    @OptionGroup var output: FormatOption
    @OptionGroup var config: ConfigOption

    func validate() throws {
        guard ExportRecipient(to) != nil else {
            throw ValidationError("--to is no public key; `connections import --new-key FILE` prints one")
        }
    }

    func run() async throws {
        // The host may stand in another folder.
        let path = URL(fileURLWithPath: file).path
        var arguments: [String: JSONValue] = [
            "to": .string(to), "file": .string(path), "hand_over": .bool(handOver),
        ]
        arguments["organization"] = organization.map { .string($0) }
        arguments["connector"] = connector.map { .string($0) }
        let printer = ItemPrinter(
            output.format, columns: ["id", "organization", "connector", "name", "outcome", "detail"])
        let answer = try await config.ask(
            AdminRequest(.exportConnections, arguments), progress: ProgressLine("export"), each: printer.print)
        printer.finish()
        if output.format == .text {
            HostLogging.print("\(answer.shown("connections")) connections in \(path), sealed to \(to)")
        }
        if answer.shown("left_out") != "0" { throw ExitCode(StartFailure.Code.checkFailed.rawValue) }
    }
}
