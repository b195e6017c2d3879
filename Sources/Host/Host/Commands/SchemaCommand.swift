import ArgumentParser
import Definitions
import Foundation

/// `token-manager schema`: what connectors.d/schema.json and docs/format-1.md hold.
struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Prints the JSON Schema (2020-12) of connector definitions, for editors.")

    @Flag(help: "Print the format's reference in Markdown instead.")
    var reference = false

    func run() async throws {
        FileHandle.standardOutput.write(Data((reference ? FormatReference.text : FormatSchema.text).utf8))
    }
}
