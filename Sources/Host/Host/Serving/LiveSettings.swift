import ConnectorSDK
import Locks
import Pipeline
import Settings

/// The settings of a running host: those that it was started with, and what the store keeps since
/// (docs/decisions/0021-app-configuration.md).
final class LiveSettings: AppConfigRules {
    private struct State {
        var version: Int64
        var settled: KeptSettings.Settled
        /// What is kept and cannot be used.
        var problems: [AppConfig.Problem]
        var followers: [@Sendable (HostSettings) -> Void] = []
    }

    private let kept: KeptSettings
    private let started: KeptSettings.Settled
    private let state: Locked<State>

    /// The settings of a host that starts now.
    init(_ kept: KeptSettings, _ config: AppConfig) {
        self.kept = kept
        started = kept.settle(config.settings)
        state = Locked(State(version: config.version, settled: started, problems: Self.problems(config, started)))
    }

    /// What this host was started with.
    var atStart: HostSettings { started.settings }

    /// What is kept and has no effect.
    var problems: [AppConfig.Problem] { state.withLock { $0.problems } }

    var unusable: [String] { problems.map(\.setting) }

    /// Calls a function with the settings of now, and with those after each change. It must not wait for anything.
    func follow(_ change: @escaping @Sendable (HostSettings) -> Void) {
        state.withLock { state in
            state.followers.append(change)
            change(state.settled.settings)
        }
    }

    /// One at a time and in the order of versions: whoever comes late with an earlier one changes nothing.
    func apply(_ config: AppConfig) {
        state.withLock { state in
            guard config.version > state.version else { return }
            state.version = config.version
            state.settled = kept.settle(config.settings)
            state.problems = Self.problems(config, state.settled)
            for follower in state.followers { follower(state.settled.settings) }
        }
    }

    func isSecret(_ name: String) -> Bool { KeptSettings.setting(name)?.isSecret ?? true }

    func problem(withName name: String) -> AppConfig.Problem? { KeptSettings.unknown(name).map(AppConfig.Problem.init) }

    func problem(with value: Secret, for name: String) -> AppConfig.Problem? {
        kept.refusal(of: value, for: name).map(AppConfig.Problem.init)
    }

    func problems(ofAll settings: [String: Secret]) -> [AppConfig.Problem] {
        kept.problems(settings).map(AppConfig.Problem.init)
    }

    func view(of config: AppConfig) -> AppConfigView {
        let settled = kept.settle(config.settings)
        let values = kept.values(settled.used)
        let settings = values.map { value in
            AppConfigView.Setting(
                name: value.setting.name, value: value.setting.isSecret ? value.text.map { _ in "set" } : value.text,
                source: value.origin.rawValue, needsRestart: !value.setting.isLive, summary: value.setting.summary)
        }
        let changed = zip(values, kept.values(started.used)).filter { !$0.setting.isLive && $0.text != $1.text }
        return AppConfigView(
            of: config, settings: settings, restartRequired: changed.map(\.0.setting.name),
            problems: Self.problems(config, settled))
    }

    private static func problems(_ config: AppConfig, _ settled: KeptSettings.Settled) -> [AppConfig.Problem] {
        config.problems + settled.problems.map(AppConfig.Problem.init)
    }
}

extension AppConfig.Problem {
    fileprivate init(_ problem: SettingsProblem) {
        self.init(problem.variable, "\(problem.message); \(problem.remedy)")
    }
}
