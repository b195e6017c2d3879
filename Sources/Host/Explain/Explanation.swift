package import Definitions

/// The requests of a definition as they would be made, each part with where it comes from.
package struct Explanation: Sendable, Hashable, Encodable {
    package var connector: String
    package var requests: [ExplainedRequest] = []
    /// Inputs without a value, in the file's order. Optional ones are not sent; required ones stand as `<unset name>`.
    package var unset: [String] = []
}

/// One request, or why there is none.
package struct ExplainedRequest: Sendable, Hashable, Encodable {
    package var operation: ExplainedOperation
    /// What of the operation this is, such as `upgrade` or `after_connect[1]`; nil for its one request.
    package var step: String?
    /// In the order of the wire.
    package var parts: [ExplainedPart] = []
    /// Why the request cannot be written: a key of the definition, and what to do.
    package var problem: String?
}

/// The operations that can be explained, by their names on the command line (DESIGN.md §5).
package enum ExplainedOperation: String, Sendable, Hashable, CaseIterable, Encodable {
    case authorize
    case exchange
    case refresh
    case revoke
    case introspect
    case afterConnect = "after_connect"
}

/// One part of a request. Secrets stand as their names in braces.
package struct ExplainedPart: Sendable, Hashable {
    /// Where in the request it stands.
    package enum Place: String, Sendable, Hashable, Encodable {
        case method
        case url
        case query
        case header
        case body
        /// The certificate of the TLS handshake.
        case certificate
        /// A token that is read instead of a request.
        case claims
    }

    package var place: Place
    /// Of a parameter or header; empty for method, URL and certificate.
    package var name: String
    package var value: String
    package var origin: Origin

    init(_ place: Place, _ name: String = "", _ value: String, _ origin: Origin) {
        self.place = place
        self.name = name
        self.value = value
        self.origin = origin
    }
}

/// Who decided a part.
package enum Origin: Sendable, Hashable {
    /// The definition or the one it extends: the key, and where its value stands.
    case file(key: String, SourcePosition)
    /// Nobody said anything about this key.
    case formatDefault(key: String)
    /// The OAuth engine, because the protocol wants it.
    case engine

    /// `file:line:column`, `default of format 1` or `engine`.
    package var text: String {
        switch self {
        case .file(_, let position): "\(position.file):\(position.line):\(position.column)"
        case .formatDefault: "default of format 1"
        case .engine: "engine"
        }
    }

    /// The definition's key, such as `token.endpoint`; nil for the engine's own.
    package var key: String? {
        switch self {
        case .file(let key, _), .formatDefault(let key): key
        case .engine: nil
        }
    }
}
