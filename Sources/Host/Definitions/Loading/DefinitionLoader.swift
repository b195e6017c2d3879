package import ConnectorSDK
import Foundation

/// A definition in force, with what is known about its file.
package struct LoadedDefinition: Sendable, Hashable {
    package var definition: Definition
    /// The path of its file.
    package var file: String
    /// Of the bytes of its file and of those it extends.
    package var digest: String
    /// Where each part was written.
    package var sources: SourceMap
}

/// What loading brought.
package struct LoadResult: Sendable {
    /// The good ones, by id.
    package var definitions: [String: LoadedDefinition] = [:]
    /// Everything found, sorted.
    package var diagnostics: [Diagnostic] = []
    /// The names of all definition files, good or bad, without `.yaml`.
    package var fileIDs: Set<String> = []
    /// False when the folder as a whole could not be read; then nothing is known about its files.
    package var isComplete = true
}

/// Reads definitions from a folder. A bad file never stops the others; it is left out and reported.
package struct DefinitionLoader: Sendable {
    /// Files of one folder.
    package static let maximumFiles = 2000
    /// Files of the folder that are no definitions.
    package static let otherFiles: Set<String> = ["schema.json", "README.md"]

    private let connectors: Set<String>
    private let digest: @Sendable ([UInt8]) -> String

    /// - Parameters:
    ///   - connectors: ids of the compiled connectors that `connector` may name.
    ///   - digest: of a file's bytes, to tell whether it changed; the host gives a cryptographic one for its audit.
    package init(connectors: Set<String>, digest: @escaping @Sendable ([UInt8]) -> String = Checksum.fnv1a) {
        self.connectors = connectors
        self.digest = digest
    }

    /// Loads every `*.yaml` of a folder.
    package func load(folder: String) -> LoadResult {
        var result = LoadResult()
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            return incomplete(
                "folder", "the folder cannot be read", hint: "check CONNECTORS_DIR and its permissions", folder)
        }
        let files = names.filter { $0.hasSuffix(".yaml") && !$0.hasPrefix(".") }
        if files.count > Self.maximumFiles {
            return incomplete(
                "too-many-files", "\(files.count) definitions; at most \(Self.maximumFiles) are read",
                hint: "split the folder", folder)
        }
        result.fileIDs = Set(files.map { String($0.dropLast(5)) })
        for name in names where !name.hasSuffix(".yaml") && !name.hasPrefix(".") && !Self.otherFiles.contains(name) {
            let position = SourcePosition(file: Self.join(folder, name), line: 1, column: 1)
            result.diagnostics.append(
                Diagnostic(
                    "stray-file", "not a definition, and ignored", hint: "definitions end in .yaml", severity: .warning,
                    at: position))
        }
        let session = session(folder, siblings: result.fileIDs)
        let ids = result.fileIDs.sorted()
        for id in ids { add(session.outcome(id), id, to: &result) }
        for id in ids { result.diagnostics += session.waiverFindings(id) }
        result.diagnostics.sort()
        return result
    }

    /// Loads one file; those it extends are looked for beside it.
    package func load(file: String) -> LoadResult {
        let parts = file.split(separator: "/", omittingEmptySubsequences: false)
        let name = parts.last.map(String.init) ?? file
        let folder = parts.dropLast().joined(separator: "/")
        guard name.hasSuffix(".yaml") else {
            return incomplete("stray-file", "not a definition", hint: "definitions end in .yaml", file)
        }
        let id = String(name.dropLast(5))
        var result = LoadResult(fileIDs: [id])
        let session = session(file.contains("/") ? folder : nil, siblings: [id])
        add(session.outcome(id), id, to: &result)
        result.diagnostics += session.waiverFindings(id)
        result.diagnostics.sort()
        return result
    }

    private func session(_ folder: String?, siblings: Set<String>) -> LoadSession {
        LoadSession(
            folder: folder, reader: DefinitionReader(connectors: connectors, siblings: siblings), digest: digest)
    }

    private func add(_ outcome: LoadSession.Outcome, _ id: String, to result: inout LoadResult) {
        result.diagnostics += outcome.diagnostics
        result.definitions[id] = outcome.loaded
    }

    private func incomplete(_ rule: String, _ message: String, hint: String, _ path: String) -> LoadResult {
        let position = SourcePosition(file: path, line: 1, column: 1)
        return LoadResult(diagnostics: [Diagnostic(rule, message, hint: hint, at: position)], isComplete: false)
    }

    static func join(_ folder: String?, _ name: String) -> String {
        guard let folder else { return name }
        return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }
}
