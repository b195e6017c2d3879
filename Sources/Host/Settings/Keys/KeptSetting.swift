/// A setting of DESIGN.md §6 that may be kept in the store (docs/decisions/0021-app-configuration.md).
package struct KeptSetting: Sendable {
    /// As in the environment.
    package let name: String
    /// Its value is never shown.
    package let isSecret: Bool
    /// A new value is in force at once; of others from the next start on.
    package let isLive: Bool
    /// The default as it would be written; nil: it is not set.
    package let standard: String?
    /// What it is for, in a few words.
    package let summary: String
    /// Reads a text only to see whether it is right.
    let check: @Sendable (String) throws(WrongValue) -> Void

    init<Value>(_ setting: Setting<Value>, _ summary: String, default standard: String? = nil, isLive: Bool = false) {
        name = setting.name
        isSecret = setting.isSecret
        self.isLive = isLive
        self.standard = standard
        self.summary = summary
        check = { text throws(WrongValue) in _ = try setting.read(text) }
    }

    /// A time. Who may change it here must not put the host to sleep: an operator may set longer ones in the environment.
    init(_ timing: TimingSetting) {
        let setting = timing.setting
        let longest: Duration = setting.name == "REFRESH_HEARTBEAT" ? .seconds(60) : .seconds(3600)
        name = setting.name
        isSecret = false
        isLive = false
        standard = "\(setting.standard.components.seconds)s"
        summary = "A time of the refresh protocol (PROTOCOL.md §3)."
        check = { text throws(WrongValue) in
            guard try setting.read(text) <= longest else {
                throw WrongValue("is too long", remedy: "at most \(longest.components.seconds)s are kept in the store")
            }
        }
    }
}

extension Settings {
    /// All of them. Not here: what is needed to open the store, what decides who calls or where tokens and calls to providers
    /// go, files, and the listener. Who may change this through the API must not become the host's operator.
    static let kept: [KeptSetting] =
        [
            KeptSetting(subsystem, "Name in log lines.", default: "token-manager", isLive: true),
            KeptSetting(logLevel, "From which level on lines are logged.", default: "info", isLive: true),
            KeptSetting(logFormat, "json or text.", default: "json", isLive: true),
            KeptSetting(logHTTPRequests, "A log line for each request.", default: "true", isLive: true),
            KeptSetting(
                allowsDebugRequests, "A log line of its own for a request that asks for it.", default: "false",
                isLive: true),
            KeptSetting(
                requiresDebugRequests, "Callers' requests are refused unless they ask for that line.",
                default: "false", isLive: true),
            KeptSetting(callerRateLimit, "Requests of each caller, such as 1000/1s.", isLive: true),
            KeptSetting(frontendURL, "Where the browser ends."),
            KeptSetting(returnURLs, "Exact allow-list of return_to."),
            KeptSetting(webhookURL, "Where events are posted."),
            KeptSetting(webhookSecret, "What these posts are signed with."),
        ]
        + timing.map { KeptSetting($0) }
}
