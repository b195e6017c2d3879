import ConnectorSDK
import Connectors
import Definitions
import Foundation

/// Text to diagnostics or a definition: `fuzz.yaml`, and behind a line of its own (`# base`) the `base.yaml` that it may
/// extend.
enum DefinitionTarget: Target {
    private static let cut = Array("\n# base\n".utf8)

    static func seeds(_ repository: URL) throws -> [[UInt8]] {
        let base = try Data(contentsOf: repository.appending(path: "connectors.d/github.yaml"))
        let child = "format: 1\nid: fuzz\ntitle: Fuzz\nextends: base\nrefresh: {margin: 1m}\ntoken: {headers: null}"
        var seeds = [Array(child.utf8) + cut + renamed(base, "base")]
        for folder in ["connectors.d", "Tests/Definitions/wrong"] {
            let url = repository.appending(path: folder)
            for name in try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
            where name.hasSuffix(".yaml") {
                seeds.append(renamed(try Data(contentsOf: url.appending(path: name)), "fuzz"))
            }
        }
        return seeds
    }

    /// The bytes with another id, so that a good file stays one under its new name.
    private static func renamed(_ data: Data, _ id: String) -> [UInt8] {
        guard let text = String(data: data, encoding: .utf8) else { return Array(data) }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return Array(lines.map { $0.hasPrefix("id: ") ? "id: \(id)" : $0 }.joined(separator: "\n").utf8)
    }

    static func run(_ bytes: [UInt8]) {
        let parts =
            bytes.firstRange(of: cut).map { [bytes[..<$0.lowerBound], bytes[$0.upperBound...]] } ?? [bytes[...]]
        let texts = Dictionary(uniqueKeysWithValues: zip(["fuzz.yaml", "base.yaml"], parts.map { Array($0) }))
        let loader = DefinitionLoader(connectors: ["oauth2"], files: TextFiles(texts: texts))
        var memory = LoadMemory()
        let result = loader.load(folder: "", remembering: &memory)
        for diagnostic in result.diagnostics { check(diagnostic, texts) }
        for id in result.fileIDs {
            let hasErrors = result.diagnostics.contains { $0.file == "/\(id).yaml" && $0.severity == .error }
            invariant(!hasErrors || id == "base" || result.definitions[id] == nil, "loaded in spite of an error")
            invariant(
                result.definitions[id] != nil || result.diagnostics.contains { $0.severity == .error },
                "not loaded, and nobody knows why")
        }
        for again in [loader.load(folder: ""), loader.load(folder: "", remembering: &memory)] {
            invariant(again.diagnostics == result.diagnostics, "other findings the second time")
            invariant(again.definitions == result.definitions, "another definition the second time")
        }
        for loaded in result.definitions.values { check(loaded) }
    }

    private static func check(_ found: Diagnostic, _ texts: [String: [UInt8]]) {
        invariant(RuleBook.rules[found.rule] != nil, "a rule that the book does not know: \(found.rule)")
        invariant(!found.message.isEmpty && found.hint?.isEmpty != true, "nothing is said")
        guard let bytes = texts[String(found.file.dropFirst())] else { fatalError("a finding about no file: \(found)") }
        let lines = TextLines.lengths(bytes)
        invariant((1...lines.count).contains(found.line), "no such line: \(found)")
        invariant((1...(lines[found.line - 1] + 1)).contains(found.column), "no such column: \(found)")
    }

    /// What loads can be used.
    private static func check(_ loaded: LoadedDefinition) {
        let definition = loaded.definition
        invariant(!definition.hosts.isEmpty, "a definition that can call nobody")
        invariant(TrustFacts(loaded).danger(after: TrustFacts(loaded)) == nil, "a change that is none is held back")
        // A definition may name what only another connector can do; it must say so, and not trap.
        _ = try? OAuth2Connector(definition: definition)
        let endpoints = definition.token.endpoint + definition.refresh.request.endpoint
        Expansion(definition: definition, values: Expansion.standIns(definition)).check(endpoints)
    }
}

/// Files that are texts in memory.
private struct TextFiles: DefinitionFiles {
    let texts: [String: [UInt8]]

    func names(in folder: String, most: Int) throws(FileProblem) -> [String] { Array(texts.keys) }

    func stamp(of path: String) -> FileStamp? {
        texts[String(path.dropFirst())].map {
            FileStamp(device: 0, inode: 0, size: $0.count, written: 0, changed: 0)
        }
    }

    func read(_ path: String, most: Int) throws(FileProblem) -> FileContents {
        guard let bytes = texts[String(path.dropFirst())], let stamp = stamp(of: path) else { throw .missing }
        guard bytes.count <= most else { throw .tooLarge(bytes.count) }
        return FileContents(bytes: bytes, stamp: stamp, isSettled: true)
    }
}

/// Lines as libyaml counts them; what YAML 1.1 takes for an end of a line besides is refused where it stands.
private enum TextLines {
    /// The characters of each line. What is no UTF-8 counts byte by byte, so that no place is denied wrongly.
    static func lengths(_ bytes: [UInt8]) -> [Int] {
        var lengths = [0]
        var isAfterReturn = false
        for scalar in bytes.text.unicodeScalars {
            switch scalar {
            case "\n" where isAfterReturn: break
            case "\n", "\r": lengths.append(0)
            default: lengths[lengths.count - 1] += 1
            }
            isAfterReturn = scalar == "\r"
        }
        return lengths
    }
}
