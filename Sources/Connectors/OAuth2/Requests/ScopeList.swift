import ConnectorSDK

/// The scopes of one request: those asked for (else the definition's defaults), then `always`, each once.
struct ScopeList {
    let scopes: [String]
    /// Joined by the provider's separator.
    let text: String

    init(_ rules: ScopeRules, _ context: ConnectorContext) {
        var seen: Set<String> = []
        let asked = context.scopes.isEmpty ? rules.defaults : context.scopes
        scopes = (asked + rules.always).filter { !$0.isEmpty && seen.insert($0).inserted }
        text = scopes.joined(separator: rules.separator)
    }
}
