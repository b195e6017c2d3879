import ArgumentParser
import Connectors
import Definitions
import Explain
import Foundation
import Settings

/// `token-manager lint`.
struct LintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "lint", abstract: "Checks connector definitions.")

    @Argument(help: "Files and folders; CONNECTORS_DIR if left out.")
    var path: [String] = []

    @Flag(help: "Warnings count like errors.")
    var strict = false

    @Option(help: "text, json or sarif.")
    var format = Lint.Format.text

    @OptionGroup var config: ConfigOption

    func run() async throws {
        let paths = path.isEmpty ? [try HostSettings.connectorsFolder(file: config.file)] : path
        let connectors = try Catalog.byID()
        let lint = Lint(connectors: Set(connectors.keys), examples: ExampleRun(connectors: connectors).findings)
        let result = lint.run(paths: paths, strict: strict, format: format)
        let isUsable = result.exitCode != StartFailure.Code.wrongUsage.rawValue
        (isUsable ? FileHandle.standardOutput : .standardError).write(Data(result.output.utf8))
        if result.exitCode != 0 { throw ExitCode(result.exitCode) }
    }
}

extension Lint.Format: ExpressibleByArgument {}
