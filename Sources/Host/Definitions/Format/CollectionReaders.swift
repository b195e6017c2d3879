import ConnectorSDK

extension ValueReader where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
    /// One of an enum's words.
    static func choice() -> Self {
        choice(Dictionary(Value.allCases.map { ($0.rawValue, $0) }, uniquingKeysWith: { $1 }))
    }
}

extension ValueReader {
    /// One of some words, each with what it stands for.
    static func choice(_ words: [String: Value]) -> Self where Value: Sendable {
        let names = words.keys.sorted()
        return ValueReader(shape: .choice(names)) { node, path, decoding in
            guard let text = node.text else {
                return mistyped(node, path, decoding, wanted: "one of \(names.joined(separator: ", "))")
            }
            if let value = words[text] { return value }
            decoding.refuse(
                path, "unknown-value", "`\(text)` is none of \(names.joined(separator: ", "))",
                hint: Suggestion.hint(for: text, among: names) ?? "write one of these, or leave the key out",
                at: node.position)
            return nil
        }
    }

    /// A list. Elements that cannot be read are left out, each with its finding.
    static func list<Element>(_ element: ValueReader<Element>) -> ValueReader<[Element]> where Value == [Element] {
        ValueReader(shape: .list(element.shape)) { node, path, decoding in
            guard let nodes = node.elements else {
                return mistyped(
                    node, path, decoding, wanted: "a list", hint: "write `- ` before each entry, or `[a, b]`")
            }
            return nodes.enumerated().compactMap { index, node in
                decoding.record("\(path)[\(index)]", value: node.position)
                return element.read(node, "\(path)[\(index)]", decoding)
            }
        }
    }

    /// A value, or a list of at least one.
    static func oneOrList<Element>(_ element: ValueReader<Element>) -> ValueReader<[Element]> where Value == [Element] {
        ValueReader(shape: .oneOrList(element.shape)) { node, path, decoding in
            guard node.elements != nil else { return element.read(node, path, decoding).map { [$0] } }
            if node.elements?.isEmpty == true { return mistyped(node, path, decoding, wanted: "at least one entry") }
            return list(element).read(node, path, decoding)
        }
    }

    /// A map with any keys.
    static func map<Name: Hashable & Sendable, Element>(
        keys: KeyReader<Name>, _ element: ValueReader<Element>
    ) -> ValueReader<[Name: Element]> where Value == [Name: Element] {
        let shape: ValueShape = keys.names.map { .namedMap($0, element.shape) } ?? .map(element.shape)
        return ValueReader(shape: shape) { node, path, decoding in
            guard let entries = node.entries else {
                return mistyped(
                    node, path, decoding, wanted: "a map", hint: "write `name: value` on lines of their own, or {}")
            }
            var values: [Name: Element] = [:]
            for entry in entries {
                let path = "\(path).\(entry.key)"
                decoding.record(path, key: entry.keyPosition, value: entry.value.position)
                guard let name = keys.read(entry, path, decoding) else { continue }
                values[name] = element.read(entry.value, path, decoding)
            }
            return values
        }
    }

    /// A map with text keys.
    static func map<Element>(_ element: ValueReader<Element>) -> ValueReader<[String: Element]>
    where Value == [String: Element] {
        map(keys: .any, element)
    }
}

/// Reads the keys of a map that has no fixed ones.
struct KeyReader<Name>: Sendable {
    /// The keys that there may be; nil where any will do.
    var names: [String]?
    let read: @Sendable (_ entry: YAMLEntry, _ path: String, _ decoding: Decoding) -> Name?
}

extension KeyReader<String> {
    static var any: Self { KeyReader { entry, _, _ in entry.key } }

    /// Names that can stand in a placeholder.
    static var name: Self {
        KeyReader { entry, path, decoding in
            if Template("{\(entry.key)}").placeholders == [entry.key], entry.key.count <= 64 { return entry.key }
            decoding.refuseName(
                path, "name", "`\(entry.key)` cannot be a name",
                hint: "a letter or `_`, then letters, digits, `_`; at most 64",
                at: entry.keyPosition)
            return nil
        }
    }

    /// HTTP header names (RFC 9110 §5.1).
    static var header: Self {
        KeyReader { entry, path, decoding in
            let isToken = entry.key.utf8.allSatisfy { byte in
                byte > 0x20 && byte < 0x7F && !"\"(),/:;<=>?@[\\]{}".utf8.contains(byte)
            }
            if isToken, !entry.key.isEmpty { return entry.key }
            decoding.refuse(
                path, "header-name", "`\(entry.key)` is no header name", hint: "letters, digits and hyphens",
                at: entry.keyPosition)
            return nil
        }
    }
}

extension KeyReader<JSONPointer> {
    static var pointer: Self {
        KeyReader { entry, path, decoding in
            if let pointer = JSONPointer(entry.key) { return pointer }
            decoding.refuse(
                path, "pointer", "`\(entry.key)` is not a JSON pointer (RFC 6901)",
                hint: "write it with a slash in front, as in /ok",
                at: entry.keyPosition)
            return nil
        }
    }
}

extension KeyReader where Name: RawRepresentable & CaseIterable & Sendable, Name.RawValue == String {
    static var word: Self {
        let names = Name.allCases.map(\.rawValue)
        return KeyReader(names: names) { entry, path, decoding in
            if let word = Name(rawValue: entry.key) { return word }
            decoding.refuse(
                path, "unknown-key", "unknown key `\(entry.key)`",
                hint: Suggestion.hint(for: entry.key, among: names) ?? "known: \(names.joined(separator: ", "))",
                at: entry.keyPosition)
            return nil
        }
    }
}
