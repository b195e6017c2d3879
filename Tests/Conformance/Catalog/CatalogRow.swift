import ConnectorSDK

/// A row of what providers are known to do, and the definitions that stand for it.
struct CatalogRow: Sendable {
    let name: String
    /// Ids of definitions.
    let definitions: [String]
    /// Why it has none, or what is missing beside them.
    let reason: String?
    /// Whether a definition shows what the row says.
    let holds: @Sendable (Definition) -> Bool

    init(
        _ name: String, _ definitions: [String] = [], reason: String? = nil,
        where holds: @escaping @Sendable (Definition) -> Bool = { _ in true }
    ) {
        self.name = name
        self.definitions = definitions
        self.reason = reason
        self.holds = holds
    }

    /// As a row of `docs/catalog.md`.
    var line: String { "| \(name) | \(definitions.joined(separator: ", ")) | \(reason ?? "") |" }
}

/// A row about what becomes of refresh tokens.
struct RotationRow: Sendable {
    let provider: String
    let definition: String
    /// The class that the definition says.
    let rotation: String
    let reason: String?

    init(_ provider: String, _ definition: String, _ rotation: String, reason: String? = nil) {
        (self.provider, self.definition, self.rotation, self.reason) = (provider, definition, rotation, reason)
    }

    /// As a row of `docs/catalog.md`.
    var line: String { "| \(provider) | \(definition) | \(rotation) | \(reason ?? "") |" }
}
