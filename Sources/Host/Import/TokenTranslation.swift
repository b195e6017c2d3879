import ConnectorSDK
import Definitions

/// The token and refresh requests, and how the client shows who it is.
enum TokenTranslation {
    static func read(_ entry: Entry, _ sketch: inout Sketch) throws(Obstacle) {
        guard let url = url(entry, &sketch) else { throw .broken("no token URL") }
        var request = sketch.token
        request.endpoint = try endpoints(url, of: &request, .token, &sketch)
        sketch.token = request
        sketch.token.method = entry.text("token_request_method", "token_http_method") == "GET" ? "GET" : nil
        if let body = entry.text("body_format"), body != "form" { sketch.token.body = body }
        try ClientTranslation.read(entry, &sketch)
        try parameters(entry, &sketch)
        try refresh(entry, &sketch)
    }

    private static func url(_ entry: Entry, _ sketch: inout Sketch) -> String? {
        if let text = entry.text("token_url") { return text }
        let keys = entry.text("auth_mode") == "OAUTH2_CC" ? ["OAUTH2_CC", "OAUTH2CC", "OAUTH2"] : ["OAUTH2"]
        guard let key = keys.first(where: { entry["token_url"]?[$0]?.text != nil }) else { return nil }
        for other in entry.map("token_url").map(\.key) where other != key {
            sketch.notes.append(
                "`token_url` has `\(other)` beside `\(key)`: that grant was not translated and needs its own definition."
            )
        }
        return entry["token_url"]?[key]?.text
    }

    /// The alternatives without what the engine sends by itself: a grant name in the query is the body's.
    private static func endpoints(
        _ url: String, of request: inout RequestSketch, _ place: RequestParameters.Place, _ sketch: inout Sketch
    ) throws(Obstacle) -> [String] {
        var endpoints: [String] = []
        for text in Expression.alternatives(url) {
            let (endpoint, fields) = EngineQuery.split(try Expression.template(text))
            endpoints.append(endpoint)
            for field in fields { try RequestParameters.add(field, to: &request, place, &sketch) }
        }
        return endpoints
    }

    private static func parameters(_ entry: Entry, _ sketch: inout Sketch) throws(Obstacle) {
        let pairs = entry.pairs("token_params") ?? []
        let hasGrant = pairs.contains { $0.name == "grant_type" } || sketch.token.grantType != nil
        var request = sketch.token
        for pair in pairs { try RequestParameters.add(pair, to: &request, .token, &sketch) }
        sketch.token = request
        if !sketch.hasConsent {
            if sketch.token.grantType == "client_credentials" {
                sketch.token.grantType = nil
            } else if !hasGrant {
                sketch.token.omit.append("grant_type")
            }
        } else if sketch.token.grantType == "authorization_code" {
            sketch.token.grantType = nil
        } else if sketch.token.grantType != nil {
            // What the consent's exchange is called is not what a refresh is called.
            sketch.refresh.request.grantType = "refresh_token"
        }
        if sketch.token.grantType == "urn:ietf:params:oauth:grant-type:jwt-bearer" {
            sketch.token.grantType = nil
            sketch.grants = ["jwt_bearer"]
        }
    }

    private static func refresh(_ entry: Entry, _ sketch: inout Sketch) throws(Obstacle) {
        if let url = entry.text("refresh_url") {
            var request = RequestSketch()
            sketch.refresh.request.endpoint = try endpoints(url, of: &request, .refresh, &sketch)
            if let name = request.grantType, name != "refresh_token" { sketch.refresh.request.grantType = name }
        }
        if let pairs = entry.pairs("refresh_params", "refresh_token_params"), sketch.hasConsent {
            var request = RequestSketch()
            for pair in pairs { try RequestParameters.add(pair, to: &request, .refresh, &sketch) }
            let own = request.parameters ?? []
            if own != sketch.token.parameters ?? [] { sketch.refresh.request.parameters = own }
            if let name = request.grantType, name != "refresh_token" { sketch.refresh.request.grantType = name }
            sketch.refresh.request.rename = request.rename
        }
        // A provider that wants its tokens refreshed late refuses earlier refreshes; one that wants it early does not.
        if let seconds = entry.text("token_expiration_buffer").flatMap(Int.init), seconds > 0 {
            sketch.refresh.margin = "\(seconds)s"
            if seconds < 300 { sketch.refresh.notBefore = "\(seconds)s" }
        }
    }
}

/// One more parameter of a token request: some are the engine's, some say that one of the engine's has another name.
enum RequestParameters {
    static func add(
        _ pair: Pair, to request: inout RequestSketch, _ place: Place, _ sketch: inout Sketch
    ) throws(Obstacle) {
        if pair.value.isEmpty { return }
        if let material = Expression.material(pair.value) {
            if pair.name != material { request.rename.append(Pair(material, pair.name)) }
            return
        }
        switch pair.name {
        case "grant_type": request.grantType = pair.value
        case "scope": try scope(pair.value, &sketch.scopes, place)
        case "client_assertion", "client_assertion_type", "assertion": break
        case _ where AuthorizationTranslation.engineOwned.contains(pair.name):
            sketch.notes.append("`\(pair.name): \(pair.value)` in the \(place.rawValue) request is left to the engine.")
        default:
            let added = try parameter(pair, &sketch.parameterDefaults)
            request.parameters = (request.parameters ?? []) + [added]
        }
    }

    /// A parameter with placeholders. Of `${x} || value` the value becomes the default of `x`.
    static func parameter(_ pair: Pair, _ defaults: inout [Pair]) throws(Obstacle) -> Pair {
        let texts = Expression.alternatives(pair.value)
        guard texts.count > 1, pair.value.contains("${") else {
            var added = Pair(pair.name, try Expression.template(pair.value))
            added.isLiteral = pair.isLiteral
            return added
        }
        let template = try Expression.template(texts[0])
        guard texts.count == 2, !texts[1].contains("${"),
            case .placeholder(let name)? = Template(template).segments.first,
            template == "{\(name)}"
        else { throw .needsModule("`\(pair.name)` has alternatives that are more than a default") }
        defaults.append(Pair(name, texts[1]))
        return Pair(pair.name, template)
    }

    enum Place: String {
        case token
        case refresh
    }

    /// Scopes of every request.
    static func addScopes(_ text: String, to scopes: inout ScopeSketch) throws(Obstacle) {
        // In a URL the expression is a placeholder already.
        if text.contains("${") || !Template(text).placeholders.isEmpty {
            throw .needsModule("the scope `\(text)` is made of an input, and scopes hold no placeholder")
        }
        for scope in text.split(separator: " ").map(String.init) where !scopes.always.contains(scope) {
            scopes.always.append(scope)
        }
    }

    /// Scopes that a request always carries.
    private static func scope(_ text: String, _ scopes: inout ScopeSketch, _ place: Place) throws(Obstacle) {
        try addScopes(text, to: &scopes)
        if !scopes.send.contains(place.rawValue) { scopes.send.append(place.rawValue) }
    }
}
