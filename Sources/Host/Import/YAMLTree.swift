/// YAML to be written: maps in order, each key with the comments above it.
indirect enum YAMLTree {
    /// A text, quoted where it has to be.
    case text(String)
    /// A boolean or number, never quoted.
    case literal(String)
    case list([YAMLTree])
    case map([YAMLItem])

    static func texts(_ texts: [String]) -> YAMLTree { .list(texts.map { .text($0) }) }

    /// One text, or a list of several.
    static func oneOrList(_ texts: [String]) -> YAMLTree { texts.count == 1 ? .text(texts[0]) : .texts(texts) }

    static func pairs(_ pairs: [Pair]) -> YAMLTree {
        .map(pairs.map { YAMLItem($0.name, $0.isLiteral ? .literal($0.value) : .text($0.value)) })
    }
}

/// One key of a map.
struct YAMLItem {
    var key: String
    var tree: YAMLTree
    var comments: [String]

    /// Whether it stands apart from what is above it.
    var isPart: Bool { if case .map = tree { true } else { key == "hosts" || key == "after_connect" } }

    init(_ key: String, _ tree: YAMLTree, _ comments: String...) {
        self.key = key
        self.tree = tree
        self.comments = comments
    }

    /// With these comments above the keys of these paths.
    /// - Parameter parent: the path of the map that holds it.
    func commented(by comments: [String: [String]], below parent: String? = nil) -> YAMLItem {
        let path = parent.map { "\($0).\(key)" } ?? key
        var item = self
        item.comments += (comments[path] ?? []).map(CommentText.line)
        if case .map(let items) = tree { item.tree = .map(items.map { $0.commented(by: comments, below: path) }) }
        return item
    }
}

/// Writes a tree in the style of `connectors.d`: two spaces, short lists of words on one line.
struct YAMLTreeWriter {
    private var lines: [String] = []

    static func text(of items: [YAMLItem]) -> String {
        var writer = YAMLTreeWriter()
        var isFirst = true
        for item in items {
            // An empty line before each part of several lines.
            if !isFirst, item.isPart { writer.lines.append("") }
            writer.write(item, indent: "")
            isFirst = false
        }
        return writer.lines.joined(separator: "\n") + "\n"
    }

    private mutating func write(_ item: YAMLItem, indent: String) {
        for comment in item.comments { lines.append("\(indent)# \(comment)") }
        let key = indent + Self.scalar(item.key) + ":"
        switch item.tree {
        case .text(let text): lines.append("\(key) \(Self.scalar(text))")
        case .literal(let text): lines.append("\(key) \(text)")
        case .map(let items) where items.isEmpty: lines.append("\(key) {}")
        case .map(let items):
            lines.append(key)
            for item in items { write(item, indent: indent + "  ") }
        case .list(let trees): write(trees, after: key, indent: indent)
        }
    }

    private mutating func write(_ trees: [YAMLTree], after key: String, indent: String) {
        let texts = trees.compactMap { tree -> String? in if case .text(let text) = tree { text } else { nil } }
        let line = "\(key) [\(texts.map(Self.scalar).joined(separator: ", "))]"
        if texts.count == trees.count, line.utf8.count <= 100,
            !texts.contains(where: { $0.contains("://") || $0.contains { ",[]{}".contains($0) } })
        {
            lines.append(line)
            return
        }
        lines.append(key)
        for tree in trees {
            switch tree {
            case .text(let text): lines.append("\(indent)  - \(Self.scalar(text))")
            case .map(let items):
                let first = lines.count
                for item in items { write(item, indent: indent + "    ") }
                lines[first] = "\(indent)  - " + lines[first].dropFirst(indent.count + 4)
            case .literal, .list: break
            }
        }
    }

    /// A text as a YAML scalar that is read back as this text.
    static func scalar(_ text: String) -> String {
        if isPlain(text) { return text }
        if text.unicodeScalars.allSatisfy(CommentText.isReadable) {
            return "'" + text.replacing("'", with: "''") + "'"
        }
        let escaped = text.unicodeScalars.map { scalar -> String in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case "\n": "\\n"
            case "\t": "\\t"
            case _ where CommentText.isReadable(scalar): String(scalar)
            case _ where scalar.value <= 0xFFFF: "\\u" + hexadecimal(scalar.value, digits: 4)
            default: "\\U" + hexadecimal(scalar.value, digits: 8)
            }
        }
        return "\"" + escaped.joined() + "\""
    }

    private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: digits - text.count) + text
    }

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last else { return false }
        let starts = first.properties.isAlphabetic || first == "/" || first == "." || first == "_"
        guard starts, last != " ", last != ":" else { return false }
        if ["true", "false", "null", "~", "yes", "no", "on", "off", "nan", "inf"].contains(text.lowercased()) {
            return false
        }
        if text.contains(": ") || text.contains(" #") { return false }
        // `.5`, `.inf`
        if first == ".", text.count < 5 || text.dropFirst().first?.isNumber == true { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || (0x30...0x39).contains(scalar.value)
                || " _-./:@+=?&~{}()!".unicodeScalars.contains(scalar)
        }
    }
}
