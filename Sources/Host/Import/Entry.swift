import Definitions

/// One provider of the layout, its alias resolved: keys with their values, and the names it goes by.
struct Entry {
    /// The entry's own name.
    let name: String
    /// Its own name, then those of the entries it is an alias of: what is known of the last holds for the first.
    let lineage: [String]
    private let entries: [YAMLEntry]

    init(name: String, lineage: [String], node: YAMLNode) {
        self.name = name
        self.lineage = lineage
        entries = node.entries ?? []
    }

    var keys: [String] { entries.map(\.key) }

    subscript(key: String) -> YAMLNode? { entries.first { $0.key == key && !$0.value.isNull }?.value }

    /// The value of the first of these keys that has one.
    func text(_ keys: String...) -> String? {
        keys.lazy.compactMap { self[$0]?.text }.first { !$0.isEmpty }
    }

    func flag(_ key: String) -> Bool { self[key]?.text == "true" }

    func list(_ key: String) -> [String] {
        self[key]?.elements?.compactMap(\.text) ?? self[key]?.text.map { [$0] } ?? []
    }

    /// A map's entries with scalar values, in the file's order.
    func pairs(_ keys: String...) -> [Pair]? {
        guard let node = keys.lazy.compactMap({ self[$0] }).first, let entries = node.entries else { return nil }
        return entries.compactMap { entry in
            entry.value.scalar.map { Pair(entry.key, entry.value.isNull ? "" : $0.text, entry.value) }
        }
    }

    func map(_ key: String) -> [YAMLEntry] { self[key]?.entries ?? [] }
}

/// A name with a value, in order.
struct Pair: Hashable {
    var name: String
    var value: String
    /// Whether the value is a number or boolean, which a JSON body keeps.
    var isLiteral = false

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    init(_ name: String, _ value: String, _ node: YAMLNode) {
        self.init(name, value)
        isLiteral = node.bool != nil || node.number != nil
    }
}
