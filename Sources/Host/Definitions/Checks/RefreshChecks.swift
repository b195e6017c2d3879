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
        presented(check)
        if let name = check.definition.token.grantType, !name.isEmpty, refresh.uses == .refreshToken,
            !check.sources.contains("refresh.grant_type"), !check.decoding.isBroken("refresh")
        {
            check.warn(
                "grant-type-inherited", "a refresh inherits this grant name",
                hint: "say refresh.grant_type: refresh_token if that is meant",
                at: "token.grant_type")
        }
    }

    /// A refresh without what it refreshes with is answered by whatever the provider makes of it, and so is an upgrade.
    private static func presented(_ check: Checking) {
        let refresh = check.definition.refresh
        if let index = check.definition.upgrade?.omit.firstIndex(of: "access_token") {
            check.find(
                "omit-needed", "an upgrade presents the `access_token`",
                hint: "remove it; `rename` changes its name", at: "upgrade.omit[\(index)]")
        }
        guard refresh.uses != .regrant, let index = refresh.request.omit.firstIndex(of: refresh.uses.rawValue) else {
            return
        }
        let key = check.sources.contains("refresh.omit") ? "refresh" : "token"
        check.find(
            "omit-needed", "a refresh presents the `\(refresh.uses.rawValue)`",
            hint: "remove it; `rename` changes its name, refresh.uses what is presented", at: "\(key).omit[\(index)]")
    }
}
