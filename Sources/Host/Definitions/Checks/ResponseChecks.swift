import ConnectorSDK

/// `response`, `revocation`: no capture reads a token (SECURITY 61), and patterns that can be matched in linear time.
enum ResponseChecks {
    static func run(_ check: Checking) {
        captures(check)
        map(check)
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

    /// The whole answer is no field.
    private static func map(_ check: Checking) {
        for (field, pointers) in check.definition.response.map {
            guard let index = pointers.firstIndex(where: \.tokens.isEmpty) else { continue }
            let path = "response.map.\(field.rawValue)"
            let listed = "\(path)[\(index)]"
            check.find(
                "empty-value", "an empty pointer is the whole answer, not its `\(field.rawValue)`",
                hint: "start with a slash, as in /data/token", at: check.sources.contains(listed) ? listed : path)
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
