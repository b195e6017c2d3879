import Model

/// What `EventWriting`, `HealthWriting` and `HostController` write.
extension SharedSchema {
    static let tokenEvent = SharedSchema(
        name: "TokenEvent",
        schema: .closed([
            .always("eventId", .text, "The same at every delivery."),
            .always("eventType", .words(eventKinds(ofEntities: false))),
            .always("tokenReferenceId", .text.orNull, "The connection's id."),
            .always("serviceType", .text, "The connector's id in upper snake case."),
            .always("accountId", .text.orNull, "The connection's owner."),
            .always("timestamp", .time),
            .always("connectionId", .text.orNull),
            .always("orgId", .text),
            .always("generation", .generation.orNull),
            .always(
                "reason", .text.orNull,
                "A code, or what it is about: `missing: write`, `ends: 2026-04-01T08:49:37Z`, `token: user`."),
        ]))

    static let entityEvent = SharedSchema(
        name: "EntityEvent",
        schema: .closed([
            .always("eventId", .text),
            .always("eventType", .words(eventKinds(ofEntities: true))),
            .always("timestamp", .time),
            .always(
                "payload",
                .closed([
                    .always("orgId", .text),
                    .always("appGroup", .text, "The connector's id."),
                    .always("appGroupId", .text),
                    .always("apps", .list(of: .text)),
                    .always("syncAction", .words(["enable", "disable"])),
                    .always("credentialsRoute", .text),
                    .always("refreshTokenRoute", .text),
                ])),
        ]))

    static let eventPage = SharedSchema(
        name: "EventPage",
        schema: .closed([
            .always("events", .list(of: .oneOf([.shared(tokenEvent), .shared(entityEvent)]))),
            .always("next", .text, "Always there: poll with it as `after`."),
        ]))

    static let health = SharedSchema(
        name: "Health",
        schema: .closed([
            .always("status", healthWord),
            .always("timestamp", .time),
            .always(
                "services",
                .closed(
                    ["store", "keys", "audit", "connectors", "events", "cache", "config"].map {
                        .always($0, .shared(partHealth))
                    })),
        ]))

    static let partHealth = SharedSchema(
        name: "PartHealth",
        schema: .closed([
            .always("status", healthWord),
            .always(
                "latency", .number,
                "Milliseconds that the part took to answer when it was last asked: at most two seconds ago, maybe for another caller. 0 where nothing has to be asked."
            ),
            .maybe("detail", .text),
        ]))

    static let liveness = SharedSchema(
        name: "Liveness", schema: .closed([.always("status", .words(["live", "ready", "not_ready"]))]))

    static let build = SharedSchema(
        name: "Build",
        schema: .closed(["version", "commit", "swift", "sdk"].map { .always($0, .text) }))

    private static let healthWord = Schema.words(["healthy", "degraded", "unhealthy"])

    private static func eventKinds(ofEntities: Bool) -> [String] {
        EventRecord.Kind.allCases.filter { [.appEnabled, .appDisabled].contains($0) == ofEntities }.map(\.rawValue)
    }
}
