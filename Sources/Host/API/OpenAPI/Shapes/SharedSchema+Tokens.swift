import Pipeline

/// What `TokenWriting` writes.
extension SharedSchema {
    static let token = SharedSchema(name: "Token", schema: .closed(tokenMembers))

    static let refreshedToken = SharedSchema(
        name: "RefreshedToken",
        schema: .closed(
            tokenMembers + [
                .always(
                    "outcome", .words(["refreshed", "joined", "current", "pending"]),
                    "`joined`: another call's refresh brought it. `current`: the stored token, no provider call. `pending`: the stored token while the outcome of a refresh is open."
                )
            ]))

    static let tokenWarning = SharedSchema(
        name: "TokenWarning",
        schema: .closed([
            .always(
                "code",
                .words(["refresh_failing", "shorter_than_asked", "unverified", "unknown_lifetime", "verify"])),
            .always("detail", .text),
        ]))

    private static let tokenMembers: [Schema.Property] = [
        .always("access_token", .text),
        .always("token_type", .text, "Such as `Bearer`."),
        .always(
            "expires_at", .time.orNull,
            "Null: it does not end, or nobody knows when (warning `unknown_lifetime`): use it until the provider rejects it, then report that."
        ),
        .always("expires_in", .integer(from: nil).orNull, "Seconds left."),
        .always(
            "generation", .generation, "Send it back as `observed_generation` when the provider rejects the token."),
        .always("name", .tokenName),
        .always("scopes", .list(of: .text)),
        .always("captured", .captured),
        .always("metadata", .anyObject),
        .always("warnings", .list(of: .shared(tokenWarning))),
    ]
}
