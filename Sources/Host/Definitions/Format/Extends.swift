/// `extends`: how a child's keys lie over its parent's.
enum Extends {
    /// Levels of parents.
    static let maximumDepth = 4

    /// The keys of a parent that a child never takes over: what names it, and what is said of it alone.
    private static let own: Set<String> = ["format", "id", "title", "examples", "extends"]

    /// Maps merge key by key, lists and scalars replace, null removes (RFC 7396 says the same of JSON).
    static func merge(_ child: YAMLNode, over parent: YAMLNode) -> YAMLNode {
        guard let entries = parent.entries else { return child }
        let inherited = YAMLNode(.mapping(entries.filter { !own.contains($0.key) }), at: parent.position)
        return lay(child, over: inherited)
    }

    private static func lay(_ child: YAMLNode, over parent: YAMLNode?) -> YAMLNode {
        guard let childEntries = child.entries else { return child }
        var merged: [YAMLEntry?] = parent?.entries ?? []
        let places = Dictionary(merged.indices.map { (merged[$0]?.key, $0) }, uniquingKeysWith: { first, _ in first })
        for var entry in childEntries {
            let index = places[entry.key]
            if entry.value.isNull {
                if let index { merged[index] = nil }
                continue
            }
            entry.value = lay(entry.value, over: index.flatMap { merged[$0]?.value })
            if let index { merged[index] = entry } else { merged.append(entry) }
        }
        return YAMLNode(.mapping(merged.compactMap(\.self)), at: child.position)
    }
}
