/// Why an entry does not become a definition.
package enum Obstacle: Error, Sendable, Hashable {
    /// The token path cannot be said in format 1.
    case needsModule(String)
    /// The entry does not say what a definition must say.
    case broken(String)
    /// No OAuth 2.0: the mode the entry names.
    case notOAuth2(String)
    /// Another definition already has the file; it is kept.
    case exists(String)

    /// The line of the report.
    package var reason: String {
        switch self {
        case .needsModule(let what): "needs a module: \(what)"
        case .broken(let what): what
        case .notOAuth2(let mode): "not OAuth 2.0 (\(mode))"
        case .exists(let path): "\(path) is there already and was kept; --force replaces it, another --out avoids it"
        }
    }
}

/// What came of one entry.
package struct Verdict: Sendable, Hashable {
    /// The entry's name.
    package var name: String
    /// The definition's text, or why there is none.
    package var result: Result<ImportedDefinition, Obstacle>

    package init(name: String, result: Result<ImportedDefinition, Obstacle>) {
        self.name = name
        self.result = result
    }
}

/// A definition as text, and what its reader must know that the entry says but the definition does not.
package struct ImportedDefinition: Sendable, Hashable {
    /// The definition's id; its file is `<id>.yaml`.
    package var id: String
    /// The file's whole text.
    package var text: String
    /// One sentence each, also comments of the text.
    package var notes: [String]
}
