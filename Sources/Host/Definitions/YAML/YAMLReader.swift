/// Reads one YAML document into a tree with positions, and refuses what a configuration file has no use for before
/// anything is built: anchors, aliases, tags, directives, duplicate keys, several documents (SECURITY 44).
package enum YAMLReader {
    /// Bytes of a file.
    package static let maximumSize = 256 * 1024
    /// Bytes of a key: every part is known by the keys that lead to it.
    package static let longestKey = 256
    /// Lists and maps within each other.
    package static let maximumDepth = 32

    /// The document's root, or nil for a file without any.
    ///
    /// - Parameter file: the name that diagnostics bear.
    /// - Throws: the first thing that is wrong, with its position and a remedy.
    package static func read(_ bytes: [UInt8], file: String) throws(Diagnostic) -> YAMLNode? {
        try YAMLText.check(bytes, file: file)
        // libyaml counts a byte order mark as a column, and takes the next line for one that is indented less.
        let text = bytes.starts(with: YAMLText.byteOrderMark) ? Array(bytes.dropFirst(3)) : bytes
        var builder = YAMLTreeBuilder(events: YAMLEvents(text, file: file))
        return try builder.document()
    }
}

/// Turns events into a tree.
private struct YAMLTreeBuilder {
    let events: YAMLEvents

    mutating func document() throws(Diagnostic) -> YAMLNode? {
        _ = try events.next()
        let first = try events.next()
        guard case .documentStart(let hasDirectives) = first.kind else { return nil }
        if hasDirectives { throw refuse("yaml-directive", "a `%` directive", "remove the line", first) }
        let root = try node(try events.next(), depth: 0)
        _ = try events.next()
        let after = try events.next()
        if case .documentStart = after.kind {
            throw refuse("yaml-documents", "a second document", "keep one document to a file", after)
        }
        return root
    }

    private mutating func node(_ event: YAMLEvent, depth: Int) throws(Diagnostic) -> YAMLNode {
        try refuseProperties(event)
        switch event.kind {
        case .scalar(let scalar):
            return YAMLNode(.scalar(scalar), at: event.position)
        case .sequenceStart:
            return YAMLNode(.sequence(try elements(event, depth: depth + 1)), at: event.position)
        case .mappingStart:
            return YAMLNode(.mapping(try entries(event, depth: depth + 1)), at: event.position)
        default:
            throw refuse("yaml-syntax", "a value was expected here", "check the lines above", event)
        }
    }

    private mutating func elements(_ start: YAMLEvent, depth: Int) throws(Diagnostic) -> [YAMLNode] {
        try refuseDepth(depth, start)
        var nodes: [YAMLNode] = []
        while true {
            let event = try events.next()
            if case .end = event.kind { return nodes }
            nodes.append(try node(event, depth: depth))
        }
    }

    private mutating func entries(_ start: YAMLEvent, depth: Int) throws(Diagnostic) -> [YAMLEntry] {
        try refuseDepth(depth, start)
        var entries: [YAMLEntry] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try events.next()
            if case .end = event.kind { return entries }
            let key = try key(event)
            if let line = lines.updateValue(event.position.line, forKey: key) {
                throw refuse(
                    "duplicate-key", "`\(key)` stands here a second time", "remove one; the first is on line \(line)",
                    event)
            }
            let value = try node(try events.next(), depth: depth)
            entries.append(YAMLEntry(key: key, keyPosition: event.position, value: value))
        }
    }

    private func key(_ event: YAMLEvent) throws(Diagnostic) -> String {
        try refuseProperties(event)
        guard case .scalar(let scalar) = event.kind else {
            throw refuse("yaml-key", "a key must be a text", "write `name: value`", event)
        }
        guard scalar.text.utf8.count <= YAMLReader.longestKey else {
            throw refuse("yaml-key", "a key of more than \(YAMLReader.longestKey) bytes", "shorten it", event)
        }
        return scalar.text
    }

    private func refuseProperties(_ event: YAMLEvent) throws(Diagnostic) {
        if case .alias = event.kind {
            throw refuse(
                "yaml-alias", "an alias (`*name`)", "write the value out; `extends` shares between files", event)
        }
        if event.hasAnchor {
            throw refuse("yaml-anchor", "an anchor (`&name`)", "remove it; quote a text that starts with `&`", event)
        }
        if event.hasTag {
            throw refuse("yaml-tag", "a tag (`!name`)", "remove it; quote a text that starts with `!`", event)
        }
    }

    private func refuseDepth(_ depth: Int, _ event: YAMLEvent) throws(Diagnostic) {
        if depth > YAMLReader.maximumDepth {
            throw refuse("yaml-depth", "nested more than \(YAMLReader.maximumDepth) deep", "flatten it", event)
        }
    }

    private func refuse(_ rule: String, _ what: String, _ hint: String, _ event: YAMLEvent) -> Diagnostic {
        let message =
            ["yaml-alias", "yaml-anchor", "yaml-tag", "yaml-directive", "yaml-documents"].contains(rule)
            ? "\(what) is not allowed" : what
        return Diagnostic(rule, message, hint: hint, at: event.position)
    }
}
