import Definitions

/// A file in the layout, cut into its entries: one that cannot be read takes no other down, and the limit on a file's
/// size holds for each entry, since whole collections are larger.
struct EntryFile {
    /// Entries in the file's order; what cannot be read is its diagnostic.
    let entries: [(name: String, result: Result<YAMLNode, Diagnostic>)]

    /// - Throws: what is wrong with the file as a whole.
    init(_ text: String, file: String) throws(Diagnostic) {
        let pieces = Self.pieces(text)
        if pieces.isEmpty {
            entries = try Self.whole(text, file)
            return
        }
        var found: [(name: String, result: Result<YAMLNode, Diagnostic>)] = []
        for piece in pieces {
            let result = Self.read(piece, file)
            found.append((piece.name, result))
        }
        entries = found
    }

    private struct Piece {
        var name: String
        /// Lines before it.
        var offset: Int
        var lines: [Substring]
    }

    /// The file at its keys in the first column. None where it is written otherwise: in braces, say.
    private static func pieces(_ text: String) -> [Piece] {
        var pieces: [Piece] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.hasSuffix("\r") ? line.dropLast() : line
            if let name = key(of: line) {
                pieces.append(Piece(name: name, offset: index, lines: [line]))
            } else if !pieces.isEmpty {
                pieces[pieces.count - 1].lines.append(line)
            } else if let first = line.first, first != "#", line != "---", !line.allSatisfy({ $0 == " " }) {
                return []
            }
        }
        return pieces
    }

    private static func key(of line: Substring) -> String? {
        guard let first = line.first, !" \t#-{[%&*!|>@`".contains(first), let colon = line.firstIndex(of: ":") else {
            return nil
        }
        let after = line[line.index(after: colon)...]
        guard after.isEmpty || after.first == " " else { return nil }
        return String(line[..<colon]).trimmingQuotes
    }

    private static func read(_ piece: Piece, _ file: String) -> Result<YAMLNode, Diagnostic> {
        do throws(Diagnostic) {
            let bytes = Array(piece.lines.joined(separator: "\n").utf8)
            guard let node = try YAMLReader.read(bytes, file: file)?.entries?.first?.value else {
                let start = SourcePosition(file: file, line: 1, column: 1)
                throw Diagnostic("entry", "no entry", hint: "write `name:` and its keys below", at: start)
            }
            return .success(node)
        } catch {
            var moved = error
            moved.line += piece.offset
            return .failure(moved)
        }
    }

    private static func whole(
        _ text: String, _ file: String
    ) throws(Diagnostic) -> [(name: String, result: Result<YAMLNode, Diagnostic>)] {
        let root = try YAMLReader.read(Array(text.utf8), file: file)
        guard let entries = root?.entries, !entries.isEmpty else {
            throw Diagnostic(
                "layout", "not a map of providers", hint: "the layout has a provider's name, then its keys below it",
                at: root?.position ?? SourcePosition(file: file, line: 1, column: 1))
        }
        return entries.map { ($0.key, .success($0.value)) }
    }
}

extension String {
    fileprivate var trimmingQuotes: String {
        guard count >= 2, let first, first == last, first == "'" || first == "\"" else { return self }
        return String(dropFirst().dropLast())
    }
}
