import ConnectorSDK

/// `grants` against the parts that each needs.
enum GrantChecks {
    static func run(_ check: Checking) {
        if !check.decoding.isBroken("grants") { grants(check) }
        warnings(check)
    }

    private static func grants(_ check: Checking) {
        let definition = check.definition
        let grants = definition.grants
        if grants.isEmpty {
            check.find("no-grants", "no grant at all", hint: "leave `grants` out for authorization_code", at: "grants")
        }
        if Set(grants).count < grants.count {
            check.find("duplicate-grant", "a grant stands twice", hint: "remove one", at: "grants")
        }
        if definition.authorization != nil, !grants.contains(.authorizationCode) {
            check.findKey(
                "grant-missing", "a consent page, but `grants` lacks authorization_code",
                hint: "add it, or remove `authorization`",
                at: "authorization")
        }
        if !definition.deviceAuthorization.isEmpty, !grants.contains(.deviceCode) {
            check.findKey(
                "grant-missing", "a device endpoint, but `grants` lacks device_code",
                hint: "add it, or remove `device_authorization`",
                at: "device_authorization")
        }
        if grants.contains(.deviceCode), definition.deviceAuthorization.isEmpty,
            !check.decoding.isBroken("device_authorization")
        {
            check.find(
                "device-endpoint", "device_code needs device_authorization.endpoint", hint: "add it (RFC 8628)",
                at: "grants")
        }
    }

    private static func warnings(_ check: Checking) {
        let definition = check.definition
        if definition.assertion != nil, !definition.grants.contains(.jwtBearer), !check.decoding.isBroken("grants") {
            check.warn(
                "unused", "`assertion` is for the jwt_bearer grant", hint: "add the grant, or remove it",
                at: "assertion")
        }
        if definition.token.grantType == "password" {
            check.warn(
                "password-grant", "the password grant hands a user's password to this host (RFC 9700 §2.4)",
                hint: "use it only where the provider has nothing else", at: "token.grant_type")
        }
        if definition.grants.contains(.authorizationCode), let index = definition.token.omit.firstIndex(of: "code") {
            check.find(
                "omit-needed", "an exchange presents the `code`", hint: "remove it; `rename` changes its name",
                at: "token.omit[\(index)]")
        }
        let omitsVerifier = definition.token.omit.contains("code_verifier")
        if let authorization = definition.authorization, authorization.pkce, !authorization.endpoint.isEmpty,
            omitsVerifier, !check.decoding.isBroken("authorization.pkce")
        {
            check.find(
                "pkce-omit", "a challenge without its verifier: PKCE would be off unseen",
                hint: "say authorization.pkce: off",
                at: "token.omit")
        }
        if let authorization = definition.authorization, !authorization.pkce {
            check.warn(
                "pkce-off", "without PKCE a stolen code can be redeemed (RFC 9700 §2.1.1)",
                hint: "turn it off only where the provider refuses it", at: "authorization.pkce")
        }
    }
}
