import ConnectorSDK
import DefinitionImport
import DefinitionSamples
import Definitions
import Foundation
import Synchronization

struct Missing: Error {
    var what: String
}

/// What a text of entries becomes, by name.
func verdicts(_ text: String) throws -> [String: Result<ImportedDefinition, Obstacle>] {
    let verdicts = try Importer.run(text, file: "entries.yaml")
    return Dictionary(verdicts.map { ($0.name, $0.result) }, uniquingKeysWith: { first, _ in first })
}

/// What the own entries become.
func ownVerdicts() throws -> [String: Result<ImportedDefinition, Obstacle>] {
    try verdicts(String(contentsOfFile: ProviderSet.ownEntries, encoding: .utf8))
}

/// The definition that the decoder makes of one of the own entries, or of a text's only one.
func definition(_ name: String, in text: String? = nil) throws -> Definition {
    let text = try text ?? String(contentsOfFile: ProviderSet.ownEntries, encoding: .utf8)
    guard let imported = try verdicts(text)[name]?.get() else { throw Missing(what: name) }
    return try decoded(imported)
}

/// A translated text as the decoder reads it.
func decoded(_ imported: ImportedDefinition) throws -> Definition {
    let folder = try TemporaryFolder()
    try Data(imported.text.utf8).write(to: URL(filePath: "\(folder.path)/\(imported.id).yaml"))
    let result = DefinitionLoader(connectors: ["oauth2"]).load(folder: folder.path)
    guard let loaded = result.definitions[imported.id] else {
        throw Missing(what: "\(result.diagnostics)\n\(imported.text)")
    }
    return loaded.definition
}

/// Folders to be removed when the tests are over.
private let temporaryFolders: Mutex<[String]> = {
    atexit {
        temporaryFolders.withLock { paths in for path in paths { try? FileManager.default.removeItem(atPath: path) } }
    }
    return Mutex([])
}()

/// A folder that is gone after the tests.
struct TemporaryFolder {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "import-\(UUID().uuidString)")
        path = url.path(percentEncoded: false)
        let path = path
        temporaryFolders.withLock { $0.append(path) }
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    /// Writes a file and gives its path.
    func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }

    func text(_ name: String) throws -> String { try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }
}
