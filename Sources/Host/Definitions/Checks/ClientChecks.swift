import ConnectorSDK

/// `client` and `scopes`.
enum ClientChecks {
    static func run(_ check: Checking) {
        // Of a method that could not be read nothing is known.
        if !check.decoding.isBroken("client.authentication") { authentication(check) }
        scopes(check)
    }

    /// Keys that go with one method only.
    private static func authentication(_ check: Checking) {
        let client = check.definition.client
        if check.sources.contains("client.basic_username"), client.authentication != .clientSecretBasic {
            check.findKey(
                "basic-only", "`basic_username` is for client_secret_basic", hint: "remove it",
                at: "client.basic_username")
        }
        if check.sources.contains("client.repeat_in_body"), client.authentication != .clientSecretBasic {
            check.findKey(
                "basic-only", "`repeat_in_body` is for client_secret_basic", hint: "remove it",
                at: "client.repeat_in_body")
        }
        if client.assertion != nil, client.authentication != .privateKeyJWT {
            check.warn("unused", "`client.assertion` is for private_key_jwt", hint: "remove it", at: "client.assertion")
        }
    }

    private static func scopes(_ check: Checking) {
        let scopes = check.definition.scopes
        if scopes.send.contains(.authorization), check.sources.contains("scopes.send"),
            check.definition.authorization == nil, !check.decoding.isLost("authorization")
        {
            check.find(
                "scopes-send", "no `authorization` that could carry scopes", hint: "send them with `token`",
                at: "scopes.send")
        }
        unsentScopes(check)
        if check.sources.contains("scopes.parameter"),
            ParameterChecks.engineOwned.subtracting(["scope"]).contains(scopes.parameter)
        {
            check.find(
                "engine-parameter", "`\(scopes.parameter)` is set by the engine", hint: "choose another name",
                at: "scopes.parameter")
        }
        for (key, list) in [("default", scopes.defaults), ("always", scopes.always)] {
            for (index, scope) in list.enumerated()
            where !scope.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) || scope.isEmpty {
                check.find(
                    "scope", "a scope is one word of visible ASCII (RFC 6749 §3.3)",
                    hint: "one list entry for each scope",
                    at: "scopes.\(key)[\(index)]")
            }
        }
    }

    /// Scopes that no request carries are never asked for, and nobody is told.
    private static func unsentScopes(_ check: Checking) {
        let scopes = check.definition.scopes
        guard check.sources.contains("scopes.send") else { return }
        if scopes.send.contains(.assertion), check.definition.assertion == nil,
            !check.definition.grants.contains(.jwtBearer)
        {
            check.find(
                "scopes-send", "no assertion that could carry scopes", hint: "add the jwt_bearer grant, or remove it",
                at: "scopes.send")
        } else if scopes.send.isEmpty, !(scopes.defaults + scopes.always).isEmpty,
            !check.definition.grants.contains(.deviceCode)  // whose first request carries them in any case
        {
            check.find(
                "scopes-send", "scopes, and no request that carries them",
                hint: "leave `send` out, or remove the scopes",
                at: "scopes.send")
        }
    }
}
