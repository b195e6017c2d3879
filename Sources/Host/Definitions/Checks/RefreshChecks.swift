import ConnectorSDK

/// `refresh`: times that agree with each other.
enum RefreshChecks {
    static func run(_ check: Checking) {
        let refresh = check.definition.refresh
        if let margin = refresh.margin, let notBefore = refresh.notBefore, margin > notBefore {
            check.find(
                "margin", "`margin` is longer than `not_before`: the provider would refuse",
                hint: "make it at most `not_before`",
                at: "refresh.margin")
        }
        if let deadline = refresh.hardDeadline, deadline <= .zero {
            check.find(
                "duration-zero", "`hard_deadline` must be positive", hint: "leave it out for the host's own",
                at: "refresh.hard_deadline")
        }
        for (key, lifetime) in [
            ("idle_lifetime", refresh.idleLifetime), ("absolute_lifetime", refresh.absoluteLifetime),
        ] where lifetime == .zero {
            check.find(
                "duration-zero", "`\(key)` must be positive", hint: "leave it out where there is none",
                at: "refresh.\(key)")
        }
        if let idle = refresh.idleLifetime, let absolute = refresh.absoluteLifetime, idle > absolute {
            check.warn(
                "lifetimes", "`idle_lifetime` is longer than `absolute_lifetime` and never counts", hint: "remove it",
                at: "refresh.idle_lifetime")
        }
        if check.definition.token.grantType != nil, refresh.uses == .refreshToken,
            !check.sources.contains("refresh.grant_type"), !check.decoding.isBroken("refresh")
        {
            check.warn(
                "grant-type-inherited", "a refresh inherits this grant name",
                hint: "say refresh.grant_type: refresh_token if that is meant",
                at: "token.grant_type")
        }
    }
}
