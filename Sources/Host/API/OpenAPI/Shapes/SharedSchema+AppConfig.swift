import Pipeline

/// What `AppConfigWriting` writes and `AppConfigUpdate` reads.
extension SharedSchema {
    static let appConfig = SharedSchema(
        name: "AppConfig",
        schema: .closed([
            .always("version", .integer(), "Of the last change; 0: there was none."),
            .always("updated_at", .time.orNull),
            .always("updated_by", .text.orNull, "The caller, as in audit records."),
            .always("settings", .map(of: .shared(appConfigSetting)), "All that may be kept, by name."),
            .always(
                "restart_required", .list(of: .text),
                "Settings whose value is not the one that this host was started with."),
            .always("problems", .list(of: .shared(appConfigProblem)), "What is stored and has no effect."),
        ]))

    static let appConfigSetting = SharedSchema(
        name: "AppConfigSetting",
        schema: .closed([
            .always("value", .text.orNull, "As it would stand in the environment; `set` for a secret; null: not set."),
            .always(
                "source", .words(["environment", "file", "app_config", "default"]),
                "Where the value is from, in the order in which they count."),
            .always("restart", .flag, "A new value is in force from the next start on only."),
            .always("description", .text),
        ]))

    static let appConfigProblem = SharedSchema(
        name: "AppConfigProblem",
        schema: .closed([.always("setting", .text), .always("detail", .text, "What is wrong, and what to do.")]))

    static let appConfigRequest = SharedSchema(
        name: "AppConfigRequest",
        schema: .closed([
            .always("version", .integer(to: AppConfigUpdate.highestVersion), "The one that was read."),
            .optional(
                "settings",
                .map(of: Schema.line(AppConfigUpdate.longestValue).orNull.adding("not", ["const": "set"]), most: 100)
                    .adding("propertyNames", ["pattern": .text(Patterns.setting)]),
                "By name. Left out: unchanged; null: removed."),
        ]))
}
