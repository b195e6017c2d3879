import ArgumentParser
import DefinitionImport
import Foundation

/// `token-manager connector import`.
struct ConnectorImportCommand: AsyncParsableCommand {
    /// The layouts that can be read.
    enum Layout: String, CaseIterable, ExpressibleByArgument {
        case nango
    }

    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Turns provider entries of another layout into connector definitions.",
        discussion: """
            Every entry becomes a file, or is reported with the reason. What is written was not compared with the
            provider's own pages; each file says what its entry did not.
            Exit codes: 0 every entry written or reported, 1 an entry was refused or its file is there already, 2 wrong usage.
            """)

    @Argument(help: "The layout of the file: nango.")
    var layout: Layout

    @Argument(help: "The file with the entries.")
    var file: String

    @Option(help: ArgumentHelp("The folder for the definitions; made if it is not there.", valueName: "dir"))
    var out: String

    @Option(help: ArgumentHelp("An entry's name; may be repeated. All entries if left out.", valueName: "name"))
    var only: [String] = []

    @Flag(help: "Replace definitions that are there already.")
    var force = false

    func run() async throws {
        let result = ImportRun(file: file, folder: out, only: only, replaces: force).run()
        (result.exitCode == 2 ? FileHandle.standardError : .standardOutput).write(Data(result.output.utf8))
        if result.exitCode != 0 { throw ExitCode(result.exitCode) }
    }
}
