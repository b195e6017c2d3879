/// Where each part of a definition was written: by its path, such as `token.headers.Accept` or `hosts[0]`.
package struct SourceMap: Sendable, Hashable {
    private var values: [String: SourcePosition] = [:]
    private var keys: [String: SourcePosition] = [:]

    package init() {}

    /// Whether the file (or the one it extends) says anything at this path.
    package func contains(_ path: String) -> Bool { values[path] != nil }

    /// Where the value of a path starts, else that of the nearest path around it.
    package func value(_ path: String) -> SourcePosition? { nearest(path, in: values) }

    /// Where the key of a path stands, else that of the nearest path around it.
    package func key(_ path: String) -> SourcePosition? { keys[path] ?? value(path) }

    mutating func record(_ path: String, key: SourcePosition?, value: SourcePosition) {
        values[path] = value
        if let key { keys[path] = key }
    }

    private func nearest(_ path: String, in positions: [String: SourcePosition]) -> SourcePosition? {
        var path = Substring(path)
        while true {
            if let position = positions[String(path)] { return position }
            guard let cut = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return positions[""] }
            path = path[..<cut]
        }
    }
}
