import API
import ArgumentParser
import Foundation

/// `token-manager openapi`: what `GET /openapi.json` answers, byte for byte. Needs no settings.
struct OpenAPICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi", abstract: "Prints the OpenAPI 3.1 document of the HTTP API.")

    func run() async throws {
        let document = OpenAPIDocument.text(version: BuildInformation.current.version)
        FileHandle.standardOutput.write(Data(document.utf8))
    }
}
