package import ConnectorSDK

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
    /// Definitions of one folder.
    package static let maximumFiles = 2000
    /// Names of one folder, whatever they stand for. Further ones are not even looked at.
    package static let maximumNames = 10_000
    /// Files of the folder that are no definitions.
    package static let otherFiles: Set<String> = ["schema.json", "README.md"]

    private let connectors: Set<String>
    private let digest: @Sendable ([UInt8]) -> String
    private let files: any DefinitionFiles

    /// - Parameters:
    ///   - connectors: ids of the compiled connectors that `connector` may name.
    ///   - files: where files are read.
    ///   - digest: of a file's bytes, to tell whether it changed; the host gives a cryptographic one for its audit.
    package init(
        connectors: Set<String>, files: any DefinitionFiles = DiskFiles(),
        digest: @escaping @Sendable ([UInt8]) -> String = Checksum.fnv1a
    ) {
        self.connectors = connectors
        self.files = files
        self.digest = digest
    }

    /// Loads every `*.yaml` of a folder.
    package func load(folder: String) -> LoadResult {
        var memory = LoadMemory()
        return load(folder: folder, remembering: &memory)
    }

    /// The same again: only what changed since the load before is read.
    ///
    /// - Parameter memory: of the load before, of the same folder; becomes that of this one.
    package func load(folder: String, remembering memory: inout LoadMemory) -> LoadResult {
        let names: [String]
        do {
            names = try files.names(in: folder, most: Self.maximumNames).sorted()
        } catch {
            return incomplete(
                "folder", "the folder cannot be read", hint: "check CONNECTORS_DIR and its permissions", folder)
        }
        if let problem = tooMany(names, folder) { return problem }
        var result = LoadResult(fileIDs: Set(names.filter(Self.isDefinition).map { String($0.dropLast(5)) }))
        result.diagnostics = strays(names, folder)
        let pass = pass(folder, over: result.fileIDs, before: memory)
        fill(&result, from: pass)
        memory = pass.memory
        return result
    }

    private func tooMany(_ names: [String], _ folder: String) -> LoadResult? {
        let count = names.count { Self.isDefinition($0) }
        if names.count <= Self.maximumNames, count <= Self.maximumFiles { return nil }
        let found = names.count > Self.maximumNames ? "more than \(Self.maximumNames) files" : "\(count) definitions"
        return incomplete(
            "too-many-files", "\(found); at most \(Self.maximumFiles) definitions are read, and none of these was",
            hint: "keep definitions in a folder of their own, and split them among hosts", folder)
    }

    private func strays(_ names: [String], _ folder: String) -> [Diagnostic] {
        names.filter { !Self.isDefinition($0) && !$0.hasPrefix(".") && !Self.otherFiles.contains($0) }.map { name in
            Diagnostic(
                "stray-file", "not a definition, and ignored", hint: "definitions end in .yaml", severity: .warning,
                at: SourcePosition(file: Self.join(folder, name), line: 1, column: 1))
        }
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
        fill(&result, from: pass(file.contains("/") ? folder : nil, over: [id], before: LoadMemory()))
        return result
    }

    /// Reads and checks all of these files.
    private func pass(_ folder: String?, over ids: Set<String>, before: LoadMemory) -> LoadSession {
        let reader = DefinitionReader(connectors: connectors, siblings: ids)
        return LoadLanes.run(ids.sorted(), isFirst: before.isEmpty) {
            LoadSession(folder: folder, files: files, reader: reader, digest: digest, before: before)
        }
    }

    private func fill(_ result: inout LoadResult, from pass: LoadSession) {
        let ids = result.fileIDs.sorted()
        for id in ids {
            let outcome = pass.outcome(id)
            result.diagnostics += outcome.diagnostics
            result.definitions[id] = outcome.loaded
        }
        for id in ids { result.diagnostics += pass.waiverFindings(id) }
        result.diagnostics.sort()
    }

    private func incomplete(_ rule: String, _ message: String, hint: String, _ path: String) -> LoadResult {
        let position = SourcePosition(file: path, line: 1, column: 1)
        return LoadResult(diagnostics: [Diagnostic(rule, message, hint: hint, at: position)], isComplete: false)
    }

    /// Whether a name is that of a definition.
    static func isDefinition(_ name: String) -> Bool { name.hasSuffix(".yaml") && !name.hasPrefix(".") }

    static func join(_ folder: String?, _ name: String) -> String {
        guard let folder else { return name }
        return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }
}
