import Hummingbird

/// What a route's template captured of the path, as it came. Made once for each request: the framework's own dictionary
/// hashes every name again at every look.
struct Captures: Sendable {
    private let values: [(name: Substring, value: Substring)]

    init(_ parameters: Parameters) { values = parameters.map { (name: $0.key, value: $0.value) } }

    init(_ name: Substring, _ value: Substring) { values = [(name: name, value: value)] }

    subscript(name: Substring) -> Substring? { values.first { $0.name == name }?.value }
}
