import ConnectorSDK

/// `response`, `revocation`: no capture reads a token (SECURITY 61), and patterns that can be matched in linear time.
enum ResponseChecks {
    static func run(_ check: Checking) {
        captures(check)
        for (index, row) in check.definition.response.errors.enumerated() {
            guard case .matches(let pattern)? = row.match else { continue }
            _ = PatternCheck.read(pattern, at: "response.errors[\(index)].matches", check)
        }
        if check.definition.response.expiry.never, check.definition.response.expiry.fallback != nil {
            check.findKey(
                "expiry", "`never` and `default` exclude each other", hint: "remove one", at: "response.expiry.default")
        }
        revocation(check)
    }

    private static func captures(_ check: Checking) {
        let tokens = [ResponseRules.Field.accessToken, .refreshToken, .idToken].flatMap { field in
            (check.definition.response.map[field] ?? [JSONPointer(tokens: [field.rawValue])]).map { (field, $0) }
        }
        for (name, pointer) in check.definition.response.capture {
            guard let (field, _) = tokens.first(where: { pointer.contains($0.1) }) else { continue }
            check.find(
                "capture-token", "`\(pointer)` would capture the \(field.rawValue)", hint: "capture a value beside it",
                at: "response.capture.\(name)")
        }
    }

    private static func revocation(_ check: Checking) {
        guard let revocation = check.definition.revocation else { return }
        if revocation.authorize == .bearer, revocation.token == .refreshToken,
            !check.decoding.isBroken("revocation.token")
        {
            check.find(
                "revocation-bearer", "a refresh token is no bearer", hint: "say token: access_token",
                at: "revocation.authorize")
        }
    }
}
