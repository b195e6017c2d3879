import ConnectorSDK
import Definitions
import Foundation
import Synchronization

/// The repository's root, found from this file.
let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
let shippedFolder = repository.appending(path: "connectors.d").path(percentEncoded: false)
let wrongFolder = repository.appending(path: "Tests/Definitions/wrong").path(percentEncoded: false)

/// The compiled connectors that shipped definitions name.
let shippedConnectors: Set = ["oauth2", "google-workspace", "slack"]
let loader = DefinitionLoader(connectors: shippedConnectors.union(["house"]))

/// Folders to be removed when the tests are over. (Not when their owner goes: that may be before the last read.)
private let temporaryFolders: Mutex<[String]> = {
    atexit {
        temporaryFolders.withLock { paths in for path in paths { try? FileManager.default.removeItem(atPath: path) } }
    }
    return Mutex([])
}()

/// A folder of definitions that is gone after the tests.
struct TemporaryFolder {
    let path: String

    init(_ files: [String: String] = [:]) throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "definitions-\(UUID().uuidString)")
        let path = url.path(percentEncoded: false)
        self.path = path
        temporaryFolders.withLock { $0.append(path) }
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        for (name, text) in files { try write(text, to: name) }
    }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
    }
    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }
}

/// The smallest definition there is.
func minimal(_ id: String, host: String = "accounts.example.com", more: String = "") -> String {
    """
    format: 1
    id: \(id)
    title: Test
    authorization: {endpoint: "https://\(host)/authorize"}
    token: {endpoint: "https://\(host)/token"}
    \(more)
    """
}

/// Loads one definition from text.
func load(_ id: String, _ text: String) throws -> LoadResult {
    try loader.load(folder: TemporaryFolder(["\(id).yaml": text]).path)
}

/// The definition of a text that has no mistake.
func definition(_ text: String, id: String = "test") throws -> Definition {
    let result = try load(id, text)
    guard let loaded = result.definitions[id] else { throw Unexpected(diagnostics: result.diagnostics) }
    return loaded.definition
}

/// The rules of the errors of a text.
func errors(_ text: String, id: String = "test") throws -> [String] {
    try load(id, text).diagnostics.filter { $0.severity == .error }.map(\.rule)
}

/// The rules of the warnings of a text.
func warnings(_ text: String, id: String = "test") throws -> [String] {
    try load(id, text).diagnostics.filter { $0.severity == .warning }.map(\.rule)
}

struct Unexpected: Error, CustomStringConvertible {
    var diagnostics: [Diagnostic]
    var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
