package import ConnectorSDK

/// What the pipeline does not know of settings: which there are, what is right, and what becomes of a change. The
/// composition root has it.
package protocol AppConfigRules: Sendable {
    /// Whether a setting that may be kept is a secret.
    func isSecret(_ name: String) -> Bool

    /// Why nothing can be kept under a name; nil: it can.
    func problem(withName name: String) -> AppConfig.Problem?

    /// What is wrong with a new value for a name, looked at alone.
    func problem(with value: Secret, for name: String) -> AppConfig.Problem?

    /// What is wrong with all that would be kept, taken together.
    func problems(ofAll settings: [String: Secret]) -> [AppConfig.Problem]

    /// Brings into force what can be at once, unless a later version is already. Whoever calls has it stored.
    func apply(_ config: AppConfig)

    /// How it is shown.
    func view(of config: AppConfig) -> AppConfigView

    /// Names of stored settings that have no effect on this host, for its health.
    var unusable: [String] { get }
}
