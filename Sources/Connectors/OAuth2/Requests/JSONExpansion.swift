import ConnectorSDK

extension JSONValue {
    /// The same with the placeholders in its texts expanded, secrets by name. A member or element that consists of one unset
    /// optional input is the empty text: left out, it would move the others.
    /// - Parameter place: the definition's key, for the error.
    func expanded(_ values: TemplateValues, at place: String) throws(ConnectorError) -> ProviderRequest.JSONTree {
        switch self {
        case .string(let text): return .value(try Template(text).value(values, at: place) ?? "")
        case .array(let elements):
            var trees: [ProviderRequest.JSONTree] = []
            for element in elements { trees.append(try element.expanded(values, at: place)) }
            return .array(trees)
        case .object(let members):
            var trees: [ProviderRequest.JSONTree.Member] = []
            for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                trees.append(.init(name, try value.expanded(values, at: place)))
            }
            return .object(trees)
        case .null, .bool, .number: return .literal(self)
        }
    }
}
