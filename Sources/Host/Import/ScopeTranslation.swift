import Definitions

/// `default_scopes` and how scopes are written.
enum ScopeTranslation {
    /// Scopes that ask for no access but for tokens that last: needed in every request, whatever else is asked for.
    private static let lasting: Set<String> = [
        "offline_access", "offline", "offline.access", "refresh_token", "no_expiry", "data_offline_access",
    ]

    static func read(_ entry: Entry, _ sketch: inout Sketch) {
        for scope in entry.list("default_scopes").flatMap({ $0.split(separator: " ").map(String.init) }) {
            if sketch.scopes.always.contains(scope) || sketch.scopes.defaults.contains(scope) { continue }
            if lasting.contains(scope) {
                sketch.scopes.always.append(scope)
            } else {
                sketch.scopes.defaults.append(scope)
            }
        }
        switch entry["scope_separator"]?.text {
        // In a URL `+` is how a space is written.
        case "+"?: sketch.scopes.encoding = "plus"
        case let text? where !text.isEmpty: sketch.scopes.separator = text
        default: break
        }
        for name in entry.list("authorization_url_skip_encode") {
            if name.hasPrefix("scope") {
                sketch.scopes.encoding = "plus"
            } else {
                sketch.notes.append(
                    "The entry leaves `\(name)` of the consent page's URL unencoded; here it is encoded.")
            }
        }
        if sketch.scopes.send.contains("refresh") || (sketch.scopes.send.contains("token") && sketch.hasConsent) {
            let first = sketch.hasConsent ? "authorization" : "token"
            sketch.scopes.send = [first] + sketch.scopes.send.filter { $0 != first }
        } else {
            sketch.scopes.send = []
        }
    }
}
