import ArgumentParser
import Connectors
import Explain
import Foundation
import Settings

/// `token-manager explain`.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Shows the requests of a connector definition, and where each part of them comes from.",
        discussion: "Nothing is sent. Secrets stand as their names; what is not set is shown as unset.")

    @Argument(help: "A definition's id, or the path of its file.")
    var connector: String

    @Option(help: "authorize, exchange, refresh, revoke, introspect or after_connect; all if left out.")
    var operation: ExplainedOperation?

    @Option(help: ArgumentHelp("A value of an input; may be repeated.", valueName: "name=value"))
    var input: [String] = []

    @Option(help: "text or json.")
    var format = Explain.Format.text

    @OptionGroup var config: ConfigOption

    func run() async throws {
        let folder = connector.hasSuffix(".yaml") ? "." : try HostSettings.connectorsFolder(file: config.file)
        let result = Explain(connectors: try Catalog.byID()).run(
            connector, folder: folder, operation: operation, inputs: input, format: format)
        let isUsable = result.exitCode != StartFailure.Code.wrongUsage.rawValue
        (isUsable ? FileHandle.standardOutput : .standardError).write(Data(result.output.utf8))
        if result.exitCode != 0 { throw ExitCode(result.exitCode) }
    }
}

extension Explain.Format: ExpressibleByArgument {}
extension ExplainedOperation: ExpressibleByArgument {}
