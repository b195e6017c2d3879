import Definitions

/// The consent page: URL, parameters, replacements, fragment, and what the callback brings.
enum AuthorizationTranslation {
    /// What the engine puts there by itself.
    static let engineOwned: Set<String> = [
        "grant_type", "code", "refresh_token", "redirect_uri", "state", "client_id", "client_secret",
        "client_assertion", "client_assertion_type", "assertion", "device_code", "response_type", "nonce",
        "code_challenge", "code_challenge_method", "code_verifier", "login_hint",
    ]
    private static let renamable = ["response_type", "client_id", "redirect_uri", "scope", "nonce"]

    static func read(_ entry: Entry, _ sketch: inout Sketch) throws(Obstacle) {
        guard let url = entry.text("authorization_url") else {
            if sketch.hasConsent { sketch.notes.append("No consent page: codes come through `exchange`.") }
            return
        }
        guard sketch.hasConsent else {
            sketch.notes.append("The entry names a consent page, which this grant has no use for.")
            return
        }
        var authorization = AuthorizationSketch()
        for text in Expression.alternatives(url) {
            let (endpoint, fields) = EngineQuery.split(try Expression.template(text))
            authorization.endpoint.append(endpoint)
            for field in fields where !field.value.isEmpty { try add(field, &authorization, &sketch) }
        }
        authorization.usesProofKey = !entry.flag("disable_pkce")
        authorization.usesFragment = entry["authorization_url_fragment"] != nil
        if let code = entry.text("authorization_code_param_in_callback") { authorization.codeParameter = code }
        try parameters(entry, &authorization, &sketch)
        try replacements(entry, &authorization)
        authorization.capture = entry.list("redirect_uri_metadata").map { Pair(Names.name($0), $0) }
        sketch.authorization = authorization
    }

    private static func parameters(
        _ entry: Entry, _ authorization: inout AuthorizationSketch, _ sketch: inout Sketch
    ) throws(Obstacle) {
        for pair in entry.pairs("authorization_params") ?? [] where !pair.value.isEmpty {
            try add(pair, &authorization, &sketch)
        }
    }

    /// One more parameter of the consent page, of its query or of its own.
    private static func add(
        _ pair: Pair, _ authorization: inout AuthorizationSketch, _ sketch: inout Sketch
    ) throws(Obstacle) {
        switch pair.name {
        case "scope": try RequestParameters.addScopes(pair.value, to: &sketch.scopes)
        case "grant_type":
            sketch.notes.append(
                "`grant_type` on the consent page is left out: it belongs to the token request (RFC 6749 §4.1.1).")
        case "response_type" where pair.value == "code": break
        case _ where engineOwned.contains(pair.name):
            sketch.notes.append("`\(pair.name): \(pair.value)` on the consent page is left to the engine.")
        default: authorization.parameters.append(try RequestParameters.parameter(pair, &sketch.parameterDefaults))
        }
    }

    /// Text replacements in the URL mean that a parameter has another name, or is not sent.
    private static func replacements(_ entry: Entry, _ authorization: inout AuthorizationSketch) throws(Obstacle) {
        for pair in entry.pairs("authorization_url_replacements") ?? [] {
            let name = pair.name.hasSuffix("=") ? String(pair.name.dropLast()) : pair.name
            let other = pair.value.hasSuffix("=") ? String(pair.value.dropLast()) : pair.value
            guard renamable.contains(name) else {
                throw .needsModule("`\(name)` is called `\(other)` in the consent page's URL, and so in the callback")
            }
            if other.isEmpty {
                authorization.omit.append(name)
            } else {
                authorization.rename.append(Pair(name, other))
            }
        }
    }
}
