import Definitions

/// The kind of place that a finding is about: the keys that lead there, with `*` for names that a definition makes up and
/// `[]` for the entries of lists. Two mistakes of one rule at one kind of place would show the same twice.
struct KindOfPlace {
    private static let made: Set<String> = [
        "inputs", "parameters", "headers", "capture", "available", "options", "claims", "header", "where", "json",
        "expect",
    ]

    let line: Int
    let column: Int

    /// The longest path whose key or value starts at the place; the key's own for one that is missing. In a text that is
    /// no YAML, what stands there.
    static func of(_ finding: Diagnostic, in bytes: [UInt8]) -> String {
        if finding.rule == "missing-key" { return finding.message }
        guard let root = try? YAMLReader.read(bytes, file: finding.file) else {
            let line = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)[finding.line - 1]
            return String(decoding: line.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
        }
        return KindOfPlace(line: finding.line, column: finding.column).path(in: root, "", isMade: false) ?? ""
    }

    private func path(in node: YAMLNode, _ path: String, isMade: Bool) -> String? {
        for entry in node.entries ?? [] {
            let inner = "\(path).\(isMade ? "*" : entry.key)"
            let found = self.path(in: entry.value, inner, isMade: Self.made.contains(entry.key) && !isMade)
            if let found { return found }
            if isHere(entry.keyPosition) { return inner + " (key)" }
        }
        for element in node.elements ?? [] {
            if let found = self.path(in: element, path + "[]", isMade: false) { return found }
        }
        return isHere(node.position) && !path.isEmpty ? path : nil
    }

    private func isHere(_ position: SourcePosition) -> Bool { (position.line, position.column) == (line, column) }
}
