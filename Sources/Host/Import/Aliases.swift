import Definitions

/// `alias: name`: an entry that is another with some keys replaced. Inputs are merged one by one, since an alias
/// replaces single ones; every other key as a whole.
struct Aliases {
    /// Most entries in a row that are each an alias of the next.
    private static let deepest = 16

    private let nodes: [String: YAMLNode]

    init(_ nodes: [String: YAMLNode]) { self.nodes = nodes }

    func resolve(_ name: String) throws(Obstacle) -> Entry {
        var lineage: [String] = []
        var tree: YAMLNode?
        var next: String? = name
        while let current = next {
            if lineage.contains(current) { throw .broken("its aliases form a circle") }
            guard lineage.count < Self.deepest else { throw .broken("its aliases are more than \(Self.deepest) deep") }
            guard let node = nodes[current] else { throw .broken("it is an alias of `\(current)`, which is not there") }
            guard node.entries != nil else { throw .broken("`\(current)` is no map of keys") }
            lineage.append(current)
            tree = tree.map { Self.merge($0, over: node) } ?? node
            next = node["alias"]?.text
        }
        guard let tree else { throw .broken("no such entry") }
        return Entry(name: name, lineage: lineage, node: tree)
    }

    private static func merge(_ child: YAMLNode, over parent: YAMLNode) -> YAMLNode {
        overlay(child, over: parent) { key, own, inherited in
            key == "connection_config" ? overlay(own, over: inherited) { _, own, _ in own } : own
        }
    }

    private static func overlay(
        _ child: YAMLNode, over parent: YAMLNode, _ join: (String, YAMLNode, YAMLNode) -> YAMLNode
    ) -> YAMLNode {
        guard let own = child.entries, let inherited = parent.entries else { return child }
        var merged = inherited.map { entry in
            guard let replacement = child[entry.key] else { return entry }
            return YAMLEntry(
                key: entry.key, keyPosition: entry.keyPosition, value: join(entry.key, replacement, entry.value))
        }
        merged += own.filter { entry in !inherited.contains { $0.key == entry.key } }
        return YAMLNode(.mapping(merged), at: child.position)
    }
}
