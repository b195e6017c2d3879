import ConnectorSDK

/// `client.assertion`, `assertion`, `issuer`.
enum AssertionChecks {
    /// Claims that the host or keys of their own set (RFC 7523 §3).
    private static let ownedClaims: Set<String> = ["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "scope"]

    static func run(_ check: Checking) {
        if let rules = check.definition.client.assertion {
            inspect(rules, "client.assertion", most: .seconds(300), check)
        }
        if let rules = check.definition.assertion { inspect(rules, "assertion", most: .seconds(3600), check) }
        issuer(check)
    }

    private static func inspect(_ rules: AssertionRules, _ path: String, most: Duration, _ check: Checking) {
        if rules.lifetime <= .zero || rules.lifetime > most {
            check.find(
                "assertion-lifetime",
                "an assertion lives more than 0s and at most \(most.components.seconds / 60)m here",
                hint: "leave it out for 5m", at: "\(path).lifetime")
        }
        for claim in rules.claims.keys where ownedClaims.contains(claim) {
            check.findKey(
                "engine-claim", "the claim `\(claim)` is set by the engine",
                hint: "remove it; audience, issuer and subject have keys of their own", at: "\(path).claims.\(claim)")
        }
        for member in rules.header.keys where member == "alg" || member == "typ" {
            check.findKey(
                "engine-claim", "the header member `\(member)` is set by the engine",
                hint: "remove it; `algorithm` is a key of its own", at: "\(path).header.\(member)")
        }
        let isKnown = rules.key == "client_private_key" || check.definition.input(rules.key)?.secret == true
        if !isKnown, !check.decoding.mayDeclare(rules.key) {
            let known = check.definition.inputs.filter(\.secret).map(\.name) + ["client_private_key"]
            check.find(
                "assertion-key", "`\(rules.key)` is no secret input",
                hint: Suggestion.hint(for: rules.key, among: known) ?? "name an input with `secret: true`",
                at: "\(path).key")
        }
        if let algorithm = rules.algorithm, algorithm.hasPrefix("HS"), rules.key == "client_private_key",
            !check.decoding.isBroken("\(path).key")
        {
            check.find(
                "assertion-key", "\(algorithm) needs a shared secret, not a private key",
                hint: "name a secret input under `key`", at: "\(path).algorithm")
        }
    }

    private static func issuer(_ check: Checking) {
        guard let issuer = check.definition.issuer else {
            return check.decoding.isLost("issuer") ? () : captured(check)
        }
        guard issuer.placeholders.count <= 1 else {
            check.find(
                "issuer", "more than one placeholder", hint: "an issuer may hold one claim, such as a tenant id",
                at: "issuer")
            return
        }
        if !namesItsHost(issuer) {
            check.find("issuer", "an issuer names its host", hint: "a claim may stand in the path only", at: "issuer")
        }
    }

    /// Without an issuer there is nothing that the callback's could be compared with.
    private static func captured(_ check: Checking) {
        for (name, parameter) in check.definition.authorization?.callback.capture ?? [:] where parameter == "iss" {
            check.find(
                "issuer", "`iss` is captured, and there is no issuer that it must equal",
                hint: "add `issuer`, as the provider's metadata has it",
                at: "authorization.callback.capture.\(name)")
        }
    }

    /// Whether no placeholder decides the issuer's host. True for what is no URL at all: that is another finding.
    static func namesItsHost(_ issuer: Template) -> Bool {
        guard let url = try? URLTemplate(issuer) else { return true }
        if case .placeholder = url.start { return false }
        return url.host.placeholders.isEmpty && (url.port?.placeholders ?? []).isEmpty
    }
}
