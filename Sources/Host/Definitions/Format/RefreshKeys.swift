import ConnectorSDK

/// `refresh` while it is read: the class is made of three keys.
struct RefreshDraft: Sendable {
    enum ClassName: String, Sendable, CaseIterable {
        case `static`
        case overlap
        case singleUse = "single_use"
        case singleUseFamily = "single_use_family"
    }

    enum Overlap: Sendable {
        case untilUsed
        case window(Duration)
    }

    var rules: RefreshRules
    var uses: RefreshRules.Uses?
    var rotation: ClassName?
    var overlap: Overlap?
    var afterWindow: RotationClass.AfterWindow?
}

extension Format1 {
    static let refresh = KeyTable<RefreshDraft>(
        requestKeys.map { $0.inherited.within(\.rules.request) } + [
            Key(
                "uses", .choice(), optional: \.uses,
                "What is presented (refresh_token; regrant for grants without one)."),
            Key(
                "rotation", .choice(), optional: \.rotation,
                "What the provider does with a used refresh token (single_use_family)."),
            Key(
                "overlap", overlap, optional: \.overlap,
                "How long a used refresh token stays good: a duration or until_used."),
            Key(
                "after_window", .choice(), optional: \.afterWindow, "What a replay after the overlap leads to (revoke)."
            ),
            Key(
                "margin", .duration, optional: \.rules.margin,
                "Refresh this long before expiry (5m or half the lifetime)."),
            Key(
                "not_before", .duration, optional: \.rules.notBefore,
                "The provider refuses earlier than this before expiry."),
            Key("rate_limit", .rateLimit, optional: \.rules.rateLimit, "Per connection, such as 10/10m."),
            Key("hard_deadline", .duration, optional: \.rules.hardDeadline, "At most REFRESH_HARD_DEADLINE."),
            Key(
                "idle_lifetime", .duration, optional: \.rules.idleLifetime,
                "A refresh token unused for so long is dead."),
            Key(
                "absolute_lifetime", .duration, optional: \.rules.absoluteLifetime,
                "No refresh extends a grant beyond this."),
        ])

    private static let overlap = ValueReader<String>.text.map(
        "duration", "a duration or `until_used`", hint: "such as 30s or 10m",
        shape: .either([.duration, .choice(["until_used"])])
    ) {
        text -> RefreshDraft.Overlap? in
        text == "until_used" ? .untilUsed : DurationText.read(text).map { .window($0) }
    }

    static func readRefresh(_ node: YAMLNode, _ draft: inout DefinitionDraft, _ path: String, _ decoding: Decoding) {
        var value = RefreshDraft(rules: inheritedRefresh(from: draft.token))
        if refresh.read(node, into: &value, path, decoding) { draft.refresh = value }
    }

    /// The refresh request before `refresh` says anything: `token`'s, without the parameter that only consent has.
    static func inheritedRefresh(from token: RequestRules?) -> RefreshRules {
        var request = token ?? RequestRules(endpoint: [])
        if request.parameters["state"] == .text(Template("{state}")) { request.parameters["state"] = nil }
        return RefreshRules(request: request)
    }
}
