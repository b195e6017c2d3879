/// Settings whose feature is not in this build. Whoever builds the feature moves its row to a `Setting`.
extension Settings {
    static let absent: [AbsentSetting] =
        kafka + [
            AbsentSetting(name: "PPROF_PORT", standard: "0", feature: "the profile server"),
            AbsentSetting(name: "PROFILE_HOST", standard: "127.0.0.1", feature: "the profile server"),
            AbsentSetting(name: "PLUGINS_DIR", standard: "plugins.d", feature: "loading of out-of-tree modules"),
            AbsentSetting(name: "PLUGIN_SANDBOX", standard: "on", feature: "loading of out-of-tree modules"),
        ]

    /// Every name that the file may hold, in lower case.
    static let fileNames: Set<String> = Set(all.flatMap { [$0.name] + $0.aliases }.map { $0.lowercased() })

    /// Every setting of DESIGN.md §6.
    static let all: [any NamedSetting] = listenerNames + storageNames + timing.map(\.setting) + absent

    private static let kafka =
        ["EVENTS_USERNAME", "EVENTS_PASSWORD", "EVENTS_SASL_MECHANISM", "BACKEND_CA_FILE"].map {
            AbsentSetting(
                name: $0, isSecret: $0 == "EVENTS_PASSWORD", feature: "the connection to Kafka and other backends",
                remedy: "remove it; events are read from GET /api/v1/events")
        } + [
            AbsentSetting(name: "TOKEN_EVENTS_TOPIC", standard: "token-events", feature: "Kafka"),
            AbsentSetting(name: "ENTITY_EVENTS_TOPIC", standard: "entity-events", feature: "Kafka"),
        ]
}
