/// What a child removes from its parent by `key: null`. The merged tree holds no trace of it, so a misspelt key is looked for
/// in the child's own.
enum Removals {
    static func check(_ node: YAMLNode, against shape: ValueShape, _ path: String, _ decoding: Decoding) {
        let prefix = path.isEmpty ? "" : "\(path)."
        let entries = node.entries ?? []
        for entry in entries {
            if let inner = inner(shape, entry.key) {
                check(entry.value, against: inner, prefix + entry.key, decoding)
            } else if entry.value.isNull, let names = names(of: shape) {
                decoding.refuseUnknown(entry, prefix, among: names, beside: Set(entries.map(\.key)))
            }
        }
    }

    /// The shape of a key's value; nil for a key that is unknown there.
    private static func inner(_ shape: ValueShape, _ key: String) -> ValueShape? {
        switch shape {
        case .table(let keys): keys.first { $0.name == key }?.shape
        case .namedMap(let names, let value): names.contains(key) ? value : nil
        case .map(let value): value
        case .either(let shapes): shapes.lazy.compactMap { inner($0, key) }.first
        default: nil
        }
    }

    private static func names(of shape: ValueShape) -> [String]? {
        switch shape {
        case .table(let keys): keys.map(\.name)
        case .namedMap(let names, _): names
        default: nil
        }
    }
}
