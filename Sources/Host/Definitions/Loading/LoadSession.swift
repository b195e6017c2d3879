/// One pass over a folder: every file is read at most once, parents before their children.
final class LoadSession {
    /// What came of one file.
    struct Outcome: Sendable {
        var loaded: LoadedDefinition?
        var diagnostics: [Diagnostic] = []
        /// The tree with everything inherited, for children; nil when the file is bad.
        var tree: YAMLNode?
        /// Of the file and its parents; empty when that is not known.
        var digest = ""
        /// Levels of parents.
        var depth = 0
        /// The waivers that were of use, in this file or a parent.
        var waivers: Set<Waiver> = []
    }

    /// What this pass leaves for the next.
    private(set) var memory = LoadMemory()

    private let folder: String?
    private let files: any DefinitionFiles
    private let reader: DefinitionReader
    private let digest: ([UInt8]) -> String
    private let before: LoadMemory
    private var underWay: [String] = []
    private var book = WaiverBook()

    init(
        folder: String?, files: any DefinitionFiles, reader: DefinitionReader, digest: @escaping ([UInt8]) -> String,
        before: LoadMemory
    ) {
        self.folder = folder
        self.files = files
        self.reader = reader
        self.digest = digest
        self.before = before
        memory.siblings = reader.siblings
    }

    func outcome(_ id: String) -> Outcome {
        if let known = memory.outcomes[id] { return known }
        underWay.append(id)
        defer { underWay.removeLast() }
        let outcome: Outcome
        do {
            outcome = try read(id)
        } catch {
            outcome = Outcome(diagnostics: [error])
        }
        book.use(outcome.waivers)
        memory.outcomes[id] = outcome
        return outcome
    }

    /// What a pass over some of the files brought.
    struct Part: Sendable {
        fileprivate let memory: LoadMemory
        fileprivate let book: WaiverBook
    }

    var part: Part { Part(memory: memory, book: book) }

    /// Takes over what another pass over the same folder brought.
    func join(_ part: Part) {
        memory.join(part.memory)
        book.join(part.book)
    }

    /// What is wrong with a good file's waivers, once all files that may use them were read.
    func waiverFindings(_ id: String) -> [Diagnostic] {
        memory.outcomes[id]?.loaded.map { book.findings(in: $0.file) } ?? []
    }

    private func read(_ id: String) throws(Diagnostic) -> Outcome {
        let path = path(id)
        let file = try file(id, at: path)
        book.add(file.waivers)
        let root = try file.root.get()
        var outcome = Outcome(tree: root, digest: file.digest)
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
        if let known = before.outcomes[id], known.digest == outcome.digest, stillHolds(known) { return known }
        return finish(outcome, id, path, written: root)
    }

    /// The names beside it matter to what is said about a bad file only.
    private func stillHolds(_ known: Outcome) -> Bool { known.loaded != nil || before.siblings == memory.siblings }

    /// A file as it is now, read only when it changed.
    private func file(_ id: String, at path: String) throws(Diagnostic) -> ReadFile {
        if let known = before.files[id], let stamp = known.stamp, files.stamp(of: path) == stamp {
            memory.files[id] = known
            return known
        }
        do {
            let file = ReadFile(try files.read(path, most: YAMLReader.maximumSize), path: path, digest: digest)
            memory.files[id] = file
            return file
        } catch {
            throw error.diagnostic(at: SourcePosition(file: path, line: 1, column: 1))
        }
    }

    private func finish(_ outcome: Outcome, _ id: String, _ path: String, written: YAMLNode) -> Outcome {
        var outcome = outcome
        guard let tree = outcome.tree else { return outcome }
        let result = reader.read(tree, written: outcome.depth > 0 ? written : nil, fileID: id)
        (outcome.diagnostics, outcome.waivers) = book.apply(to: result.diagnostics)
        if let definition = result.definition {
            outcome.loaded = LoadedDefinition(
                definition: definition, file: path, digest: outcome.digest, sources: result.sources)
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
            files.stamp(of: path(name)) != nil
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

    private func path(_ id: String) -> String { DefinitionLoader.join(folder, "\(id).yaml") }
}

/// A checksum that tells changed files apart. Not cryptographic: no defence against somebody who wants two files alike.
package enum Checksum {
    /// FNV-1a, 64 bits, in hexadecimal digits.
    package static let fnv1a: @Sendable ([UInt8]) -> String = { bytes in
        let hash = bytes.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}
