import ArgumentParser
import ConnectorSDK
import Foundation
import Secrets

/// `token-manager connections import`.
struct ImportConnectionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Makes connections of refresh tokens and other grants that were obtained elsewhere.",
        discussion: """
            FILE holds one JSON object a line: what POST …/connections takes, with "connector" and "organization" beside
            it (and "captured", where the definition captures something), or it is an export that was sealed to --key.
            Each grant is verified by a first refresh. A refresh token that a connection has, a name that is taken and a
            wrong line are refused with the line's number, and stop nothing. A line that was imported before is known
            again and not presented: after whatever ended it the same command goes on. Where the first answer is still
            awaited it is pending; where the provider has refused the grant before it brought a token, the line is
            presented again.
            The system that had the refresh tokens must not refresh any more: two would spend a token twice.
            Exit code 1 when a line was refused.
            """)

    @Argument(help: "JSON lines, or a sealed export.")
    var file: String?

    @Option(
        name: [.customLong("organization"), .customLong("org")],
        help: "Whose connections they are, where a line does not say.")
    var organization: String?

    @Option(help: "The private key that an export was sealed to; without FILE its public key is printed.")
    var key: String?

    @Option(
        help: "Makes a private key in this file, which must not exist, and prints the public key for `export --to`.")
    var newKey: String?

    @Option(help: "text (what was refused, and the sum) or json (every line).")
    var format = OutputFormat.text

    @OptionGroup var config: ConfigOption

    func validate() throws {
        if newKey != nil, file != nil || key != nil { throw ValidationError("--new-key stands alone") }
        if newKey == nil, file == nil, key == nil { throw ValidationError("name a file, or --new-key FILE") }
    }

    func run() async throws {
        guard let file else { return try printKey() }
        // The host may stand in another folder.
        var arguments: [String: JSONValue] = ["file": .string(URL(fileURLWithPath: file).path)]
        arguments["key"] = key.map { .string(URL(fileURLWithPath: $0).path) }
        arguments["organization"] = organization.map { .string($0) }
        let printer = ItemPrinter(format, columns: ["line", "outcome", "id", "code", "detail"])
        let isWhole = format == .json
        let answer = try await config.ask(
            AdminRequest(.importConnections, arguments), progress: ProgressLine("import"),
            each: { item in
                if isWhole || !["imported", "known"].contains(item.shown("outcome")) { printer.print(item) }
            })
        printer.finish()
        if format == .text {
            HostLogging.print(
                "\(answer.shown("imported")) imported, \(answer.shown("known")) known, \(answer.shown("pending")) pending, \(answer.shown("refused")) refused"
            )
        }
        if answer.shown("refused") != "0" { throw ExitCode(StartFailure.Code.checkFailed.rawValue) }
    }

    private func printKey() throws {
        do {
            let pair = try newKey.map { try ImportKey(making: $0) } ?? ImportKey(reading: key ?? "")
            HostLogging.print(pair.recipient.description)
        } catch {
            throw StartFailure("\(error)", code: .wrongUsage)
        }
    }
}
