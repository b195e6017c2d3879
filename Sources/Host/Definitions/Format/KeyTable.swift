/// A key as the format reference and the JSON schema describe it.
package struct KeyDescription: Sendable, Hashable {
    package let name: String
    package let shape: ValueShape
    /// One line of explanation.
    package let summary: String
    package let isRequired: Bool
}

/// One key of a map: its name, what it may hold, and where that goes.
struct Key<Target>: Sendable {
    let description: KeyDescription
    let read: @Sendable (_ node: YAMLNode, _ target: inout Target, _ path: String, _ decoding: Decoding) -> Void

    var name: String { description.name }

    /// A key whose value replaces that of a property.
    init<Value>(
        _ name: String, _ reader: ValueReader<Value>, _ property: any WritableKeyPath<Target, Value> & Sendable,
        required: Bool = false, _ summary: String
    ) {
        description = KeyDescription(name: name, shape: reader.shape, summary: summary, isRequired: required)
        read = { node, target, path, decoding in
            if let value = reader.read(node, path, decoding) { target[keyPath: property] = value }
        }
    }

    /// The same for a property that is nil without the key.
    init<Value>(
        _ name: String, _ reader: ValueReader<Value>, optional property: any WritableKeyPath<Target, Value?> & Sendable,
        required: Bool = false, _ summary: String
    ) {
        description = KeyDescription(name: name, shape: reader.shape, summary: summary, isRequired: required)
        read = { node, target, path, decoding in
            if let value = reader.read(node, path, decoding) { target[keyPath: property] = value }
        }
    }

    /// A key that is read by a function of its own.
    init(
        _ name: String, shape: ValueShape, required: Bool = false, _ summary: String,
        read: @escaping @Sendable (YAMLNode, inout Target, String, Decoding) -> Void
    ) {
        description = KeyDescription(name: name, shape: shape, summary: summary, isRequired: required)
        self.read = read
    }

    /// The key of a part as a key of the whole.
    func within<Whole>(_ part: any WritableKeyPath<Whole, Target> & Sendable) -> Key<Whole> {
        Key<Whole>(name, shape: description.shape, required: description.isRequired, description.summary) {
            node, whole, path, decoding in
            read(node, &whole[keyPath: part], path, decoding)
        }
    }

    /// The key without its being required, for a map that inherits it.
    var inherited: Key { Key(name, shape: description.shape, description.summary, read: read) }
}

/// All keys of one map. The same list decodes the map, finds unknown keys, and describes the format.
struct KeyTable<Target>: Sendable {
    let keys: [Key<Target>]
    private let names: [String]

    init(_ keys: [Key<Target>]) {
        self.keys = keys
        names = keys.map(\.name)
    }

    var shape: ValueShape { .table(keys.map(\.description)) }

    /// Reads a map into a target, in the table's order. False when it is no map.
    @discardableResult
    func read(_ node: YAMLNode, into target: inout Target, _ path: String, _ decoding: Decoding) -> Bool {
        guard let entries = node.entries else {
            _ = ValueReader<Target>.mistyped(
                node, path, decoding, wanted: "a map", hint: "its keys: \(names.joined(separator: ", "))")
            return false
        }
        let prefix = path.isEmpty ? "" : "\(path)."
        let present = Set(entries.map(\.key))
        for entry in entries {
            decoding.record(prefix + entry.key, key: entry.keyPosition, value: entry.value.position)
            if !names.contains(entry.key) {
                decoding.refuseUnknown(entry, prefix, among: names, beside: present)
            }
        }
        for key in keys {
            if let value = node[key.name] {
                key.read(value, &target, prefix + key.name, decoding)
            } else if key.description.isRequired {
                miss(key.description, prefix + key.name, isMisspelt(key.name, entries), node.position, decoding)
            }
        }
        return true
    }

    /// A reader that starts from a fresh value each time.
    func reader(_ initial: @escaping @Sendable () -> Target) -> ValueReader<Target> {
        ValueReader(shape: shape) { node, path, decoding in
            var target = initial()
            return read(node, into: &target, path, decoding) ? target : nil
        }
    }

    /// Whether an unknown key probably means this one: then that finding says enough.
    private func isMisspelt(_ name: String, _ entries: [YAMLEntry]) -> Bool {
        let unknown = entries.lazy.filter { !names.contains($0.key) }.prefix(Decoding.mostFindings)
        return unknown.contains { Suggestion.nearest(to: $0.key, among: names) == name }
    }

    /// A misspelt key, or `extends`, whose parent might have it, is a finding already: of this one nothing is known.
    private func miss(
        _ key: KeyDescription, _ path: String, _ isMisspelt: Bool, _ position: SourcePosition, _ decoding: Decoding
    ) {
        if isMisspelt || decoding.isLost("extends") { return decoding.spoil(path) }
        decoding.refuse(path, "missing-key", "`\(path)` is missing", hint: key.summary, at: position)
    }
}

extension Decoding {
    /// Reports a key that its map does not have.
    func refuseUnknown(_ entry: YAMLEntry, _ prefix: String, among names: [String], beside present: Set<String>) {
        // What comes of more findings than are shown nobody sees.
        if diagnostics.count < Self.mostFindings, let meant = Suggestion.nearest(to: entry.key, among: names),
            !present.contains(meant)
        {
            spoil(prefix + meant)
        }
        refuse(
            prefix + entry.key, "unknown-key", "unknown key `\(entry.key)`",
            hint: Suggestion.hint(for: entry.key, among: names) ?? "known: \(names.joined(separator: ", "))",
            at: entry.keyPosition)
    }
}
