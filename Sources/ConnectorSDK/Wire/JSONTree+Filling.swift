extension ProviderRequest.JSONTree {
    /// The JSON value, with what the host fills in for each of its values.
    /// - Parameter text: the text of a value, such as a secret's.
    public func filled(_ text: (Value) throws -> String) rethrows -> JSONValue {
        switch self {
        case .value(let value): .string(try text(value))
        case .literal(let value): value
        case .array(let elements): .array(try elements.map { try $0.filled(text) })
        case .object(let members):
            .object(try Dictionary(members.map { ($0.name, try $0.tree.filled(text)) }) { $1 })
        }
    }
}

extension ProviderRequest.JSONTree: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self = .value(Value(text)) }
}
