import Definitions

/// `client`: one method. Basic beside the body is a habit of the library behind the layout and becomes Basic alone
/// (RFC 6749 §2.3: no more than one method in a request).
enum ClientTranslation {
    static func read(_ entry: Entry, _ sketch: inout Sketch) throws(Obstacle) {
        let parameters = entry.pairs("token_params") ?? []
        let method = entry.text("token_request_auth_method", "token_endpoint_auth_method")
        if entry.text("authorization_method") == "header" || method == "basic" {
            sketch.client.authentication = "client_secret_basic"
        }
        switch method {
        case nil, "basic"?, "body"?, "client_secret_post"?: break
        case "custom"?:
            sketch.token.rename += [Pair("client_id", "username"), Pair("client_secret", "password")]
        case "private_key_jwt"?, "client_secret_basic"?, "tls_client_auth"?, "none"?:
            sketch.client.authentication = method ?? "none"
        case let other?: throw .needsModule("the client authentication `\(other)` is not known")
        }
        if parameters.contains(where: { $0.name == "client_assertion_type" || $0.name == "client_assertion" }) {
            sketch.client.authentication = "private_key_jwt"
        }
        if entry.flag("require_client_certificate") {
            sketch.client.presentsCertificate = sketch.client.authentication != "tls_client_auth"
        }
        try headers(entry, &sketch)
    }

    private static func headers(_ entry: Entry, _ sketch: inout Sketch) throws(Obstacle) {
        for pair in entry.pairs("token_headers", "token_request_headers") ?? [] {
            switch pair.name.lowercased() {
            case "accept" where pair.value.lowercased() == "application/json": break
            case "content-type":
                if pair.value.lowercased().contains("json"), sketch.token.body == nil { sketch.token.body = "json" }
            case "authorization":
                guard let name = basicUsername(pair.value) else {
                    throw .needsModule("an `Authorization` header of its own in the token request")
                }
                sketch.client.authentication = "client_secret_basic"
                if name == "client_secret" { sketch.client.basicUsername = name }
            case "host", "cookie", "connection", "te", "upgrade", "transfer-encoding", "content-length":
                sketch.notes.append("The header `\(pair.name)` of the token request is left to the engine.")
            default: sketch.token.headers.append(Pair(pair.name, try Expression.template(pair.value)))
            }
        }
    }

    /// What stands as user name in `Basic ${base64(a:b)}`.
    private static func basicUsername(_ text: String) -> String? {
        guard text.lowercased().hasPrefix("basic ") else { return nil }
        let rest = text.dropFirst(6)
        guard let id = rest.firstRange(of: "client_id") ?? rest.firstRange(of: "clientId") else {
            return rest.contains("secret") || rest.contains("Secret") ? "client_secret" : nil
        }
        return rest[..<id.lowerBound].lowercased().contains("secret") ? nil : "client_id"
    }
}
