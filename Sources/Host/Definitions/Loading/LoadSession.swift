import Foundation

/// One pass over a folder: every file is read once, parents before their children.
final class LoadSession {
    /// What came of one file.
    struct Outcome {
        var loaded: LoadedDefinition?
        var diagnostics: [Diagnostic] = []
        /// The tree with everything inherited, for children; nil when the file is bad.
        var tree: YAMLNode?
        /// Of the file and its parents.
        var digest = ""
        /// Levels of parents.
        var depth = 0
    }

    private let folder: String?
    private let reader: DefinitionReader
    private let digest: ([UInt8]) -> String
    private var outcomes: [String: Outcome] = [:]
    private var underWay: [String] = []
    private var waivers = WaiverBook()

    init(folder: String?, reader: DefinitionReader, digest: @escaping ([UInt8]) -> String) {
        self.folder = folder
        self.reader = reader
        self.digest = digest
    }

    func outcome(_ id: String) -> Outcome {
        if let known = outcomes[id] { return known }
        underWay.append(id)
        defer { underWay.removeLast() }
        let outcome: Outcome
        do {
            outcome = try read(id)
        } catch {
            outcome = Outcome(diagnostics: [error])
        }
        outcomes[id] = outcome
        return outcome
    }

    /// What is wrong with a good file's waivers, once all files that may use them were read.
    func waiverFindings(_ id: String) -> [Diagnostic] {
        outcomes[id]?.loaded.map { waivers.findings(in: $0.file) } ?? []
    }

    private func read(_ id: String) throws(Diagnostic) -> Outcome {
        let file = DefinitionLoader.join(folder, "\(id).yaml")
        let start = SourcePosition(file: file, line: 1, column: 1)
        let bytes = try DefinitionFile.read(file, at: start)
        waivers.read(bytes, file: file)
        guard let root = try YAMLReader.read(bytes, file: file) else {
            throw Diagnostic("empty-file", "no definition in this file", hint: "start with `format: 1`", at: start)
        }
        var outcome = Outcome(tree: root, digest: digest(bytes))
        if root.entries != nil, let parent = root["extends"], let name = parent.text {
            let above = try self.parent(name, of: id, at: parent.position)
            outcome.depth = above.depth + 1
            outcome.digest = digest(Array("\(outcome.digest) \(above.digest)".utf8))
            if let tree = above.tree { outcome.tree = Extends.merge(root, over: tree) }
            guard outcome.depth <= Extends.maximumDepth else {
                throw Diagnostic(
                    "extends-depth", "`extends` goes more than \(Extends.maximumDepth) deep",
                    hint: "extend a definition nearer to the root",
                    at: parent.position)
            }
        }
        return finish(outcome, id, file)
    }

    private func finish(_ outcome: Outcome, _ id: String, _ file: String) -> Outcome {
        var outcome = outcome
        guard let tree = outcome.tree else { return outcome }
        let result = reader.read(tree, fileID: id)
        outcome.diagnostics = waivers.apply(to: result.diagnostics)
        if let definition = result.definition {
            outcome.loaded = LoadedDefinition(
                definition: definition, file: file, digest: outcome.digest, sources: result.sources)
        } else {
            outcome.tree = nil
        }
        return outcome
    }

    private func parent(_ name: String, of id: String, at position: SourcePosition) throws(Diagnostic) -> Outcome {
        if underWay.contains(name) {
            let way = underWay.drop { $0 != name } + [name]
            throw Diagnostic(
                "extends-cycle", "`extends` runs in a circle: \(way.joined(separator: ", "))",
                hint: "break it at one of them", at: position)
        }
        guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }),
            DefinitionFile.exists(DefinitionLoader.join(folder, "\(name).yaml"))
        else {
            throw Diagnostic(
                "extends-unknown", "there is no definition `\(name)` to extend",
                hint: Suggestion.hint(for: name, among: reader.siblings) ?? "it must be in the same folder",
                at: position)
        }
        let outcome = outcome(name)
        guard outcome.tree != nil else {
            throw Diagnostic(
                "extends-broken", "`\(name)` has errors of its own", hint: "correct \(name).yaml first", at: position)
        }
        return outcome
    }
}

/// Reads the bytes of one file.
enum DefinitionFile {
    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// At most one byte more than may be read, so that a huge file costs nothing.
    static func read(_ path: String, at position: SourcePosition) throws(Diagnostic) -> [UInt8] {
        do {
            let handle = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? handle.close() }
            return try [UInt8](handle.read(upToCount: YAMLReader.maximumSize + 1) ?? Data())
        } catch {
            throw Diagnostic(
                "unreadable", "the file cannot be read", hint: "check that it exists and its permissions", at: position)
        }
    }
}

/// A checksum that tells changed files apart. Not cryptographic: no defence against somebody who wants two files alike.
package enum Checksum {
    /// FNV-1a, 64 bits, in hexadecimal digits.
    package static let fnv1a: @Sendable ([UInt8]) -> String = { bytes in
        let hash = bytes.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}
