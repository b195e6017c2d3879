import API
import Logging
import Pipeline
import Settings
import StoreContract

/// Where the settings that the store keeps come in (docs/decisions/0021-app-configuration.md).
extension HostAssembly {
    /// The same with other settings.
    func with(_ settings: HostSettings) -> HostAssembly {
        var assembly = self
        assembly.settings = settings
        return assembly
    }

    /// The settings with what the store keeps. What of that cannot be used does not keep the host from starting.
    func liveSettings(_ store: any Store, _ installation: Installation) async throws -> LiveSettings {
        let config = try await AppConfig.load(from: store, installation.secret)
        let live = LiveSettings(KeptSettings(source: source, base: settings), config)
        for problem in live.problems { logger.warning("\(problem.setting): \(problem.detail)") }
        return live
    }

    /// What requests are judged by, and the log: they follow the settings while the host runs.
    func requestRules(_ live: LiveSettings) -> RequestRules {
        let rules = RequestRules(
            apiConfiguration, logger: logger, requestLog: HostLogging.requests(settings.logging, logger))
        live.follow { [self] changed in
            HostLogging.change(changed.logging)
            rules.change(
                to: with(changed).apiConfiguration, requestLog: HostLogging.requests(changed.logging, logger))
        }
        return rules
    }
}
