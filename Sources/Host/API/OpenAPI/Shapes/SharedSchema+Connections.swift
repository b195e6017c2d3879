import Model
import Pipeline

/// What `ConnectionWriting` and `TokenWriting` write.
extension SharedSchema {
    static let connection = SharedSchema(
        name: "Connection",
        schema: .closed([
            .always("id", .connectionID),
            .always("connector", .connectorID),
            .always("client", .clientName),
            .always("name", .text, "Unique per organization, connector and owner."),
            .always("owner", .owner, "`organization` or a user's id."),
            .always("status", .status, "The worst of its tokens' lines; `disabled` while its connector is."),
            .maybe("status_reason", .text, "More about the status, such as `refused` or `choice`."),
            .always("generation", .generation, "Of its first line; the first stored token set is 1, 0 is none."),
            .always("expires_at", .time.orNull, "Null: unknown or endless."),
            .always("next_refresh_at", .time.orNull),
            .always("tokens", .list(of: .shared(tokenLine))),
            .always("granted_scopes", .list(of: .text).orNull, "Null while nothing was granted."),
            .always(
                "missing_scopes", .list(of: .text),
                "Asked for and not granted; `offline_access`, which is no right of its own, is never one."),
            .always("captured", .captured, "What the provider's answers held besides, by the definition's names."),
            .maybe("choices", .list(of: .shared(choice)), "While one of them has to be named with PATCH."),
            .always("metadata", .anyObject, "The caller's own."),
            .maybe("revocation", .shared(revocationState), "How far telling the provider has come."),
            .always("created_at", .time),
            .always("last_refresh", moment(("outcome", .words(attemptStates))).orNull),
            .always("last_error", moment(("code", .text)).orNull),
        ]))

    static let connectionList = SharedSchema(name: "ConnectionList", schema: .page(of: connection))

    static let tokenLine = SharedSchema(
        name: "TokenLine",
        schema: .closed([
            .always("name", .tokenName, "`default` unless the provider gives several tokens."),
            .always("generation", .generation),
            .always("expires_at", .time.orNull),
            .always("scopes", .list(of: .text).orNull),
            .always("status", .status),
        ]))

    static let choice = SharedSchema(
        name: "Choice",
        schema: .closed([
            .always("id", .text, "What PATCH takes as `choice`."), .always("captured", .captured),
        ]))

    static let revocationState = SharedSchema(
        name: "RevocationState", schema: .words(["pending", "done", "unsupported", "handed_over"]))

    static let revocation = SharedSchema(
        name: "Revocation",
        schema: .closed([
            .always("status", .constant("revoked")),
            .always(
                "revocation", .shared(revocationState),
                "`pending` is retried in the background until it is certain; `unsupported`: the provider has no way; "
                    + "`handed_over`: another host goes on with the grant, so the provider is told nothing."),
        ]))

    static let check = SharedSchema(
        name: "Check", schema: .closed([.always("ok", .flag), .always("detail", .text)]))

    static let timelineEntry = SharedSchema(
        name: "TimelineEntry",
        schema: .closed([
            .always("attempt", .text),
            .always("token", .tokenName),
            .always("purpose", .words(["normal", "replay", "confirm", "exchange", "hand_over"])),
            .always("state", .words(attemptStates)),
            .always("generation_in", .generation, "What was presented."),
            .always("generation_out", .generation.orNull, "What came of it."),
            .always("claimed_at", .time),
            .always("sent_at", .time.orNull),
            .always("closed_at", .time.orNull),
            .always("outcome", .text.orNull),
            .always("caller", .text, "Who asked, such as `service:worker`."),
            .always("host", .text),
        ]))

    static let timeline = SharedSchema(name: "Timeline", schema: .page(of: timelineEntry))

    private static let attemptStates = ["intent", "sent", "not_sent", "done", "rejected", "ambiguous"]

    private static func moment(_ what: (name: String, schema: Schema)) -> Schema {
        .closed([.always("at", .time), .always(what.name, what.schema)])
    }
}
