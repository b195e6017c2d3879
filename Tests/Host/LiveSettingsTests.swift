import ConnectorSDK
import Pipeline
import Settings
import Synchronization
import Testing

@testable import TokenManager

/// What a change of the app configuration does to a host that runs.
@Suite struct LiveSettingsTests {
    private static func live(_ kept: [String: String] = [:], version: Int64 = 0, environment: [String: String] = [:])
        throws -> LiveSettings
    {
        let source = SettingsSource(environment: environment)
        let settings = KeptSettings(source: source, base: try HostSettings.load(from: source))
        return LiveSettings(settings, config(version, kept))
    }

    private static func config(_ version: Int64, _ kept: [String: String]) -> AppConfig {
        AppConfig(version: version, settings: kept.mapValues { Secret($0) })
    }

    /// The levels that a follower has heard of.
    private final class Heard: Sendable {
        private let stored = Mutex<[HostSettings.LogSettings.Level]>([])
        var levels: [HostSettings.LogSettings.Level] { stored.withLock { $0 } }
        func hear(_ settings: HostSettings) { stored.withLock { $0.append(settings.logging.level) } }
    }

    @Test func `followers hear of the start and of each later version, once, and never go back`() throws {
        let live = try Self.live(["LOG_LEVEL": "warning"], version: 3)
        let heard = Heard()
        live.follow { heard.hear($0) }
        live.apply(Self.config(3, ["LOG_LEVEL": "trace"]))
        live.apply(Self.config(5, ["LOG_LEVEL": "debug"]))
        live.apply(Self.config(4, ["LOG_LEVEL": "critical"]))
        live.apply(Self.config(6, [:]))
        #expect(heard.levels == [.warning, .debug, .info])
        #expect(live.atStart.logging.level == .warning)
    }

    @Test func `what needs a restart is named until it is again what the host was started with`() throws {
        let live = try Self.live(["FRONTEND_URL": "https://a.example"], version: 1)
        let changed = ["FRONTEND_URL": "https://b.example", "LEASE_DURATION": "2m", "LOG_LEVEL": "debug"]
        #expect(live.view(of: Self.config(2, changed)).restartRequired == ["FRONTEND_URL", "LEASE_DURATION"])
        #expect(live.view(of: Self.config(3, [:])).restartRequired == ["FRONTEND_URL"])
        let standard = ["FRONTEND_URL": "https://a.example", "LEASE_DURATION": "90s"]
        #expect(live.view(of: Self.config(4, standard)).restartRequired.isEmpty)
    }

    @Test func `a secret is shown as set, wherever it is from`() throws {
        let webhook = ["WEBHOOK_URL": "https://h.example/canary", "WEBHOOK_SECRET": "canary-0123456789-0123456789"]
        let views = [
            (try Self.live().view(of: Self.config(1, webhook)), "app_config"),
            (try Self.live([:], environment: webhook).view(of: Self.config(0, [:])), "environment"),
        ]
        for (view, source) in views {
            let shown = view.settings.filter { $0.name.hasPrefix("WEBHOOK_") }
            #expect(shown.map(\.value) == ["set", "set"] && shown.map(\.source) == [source, source])
            #expect(!"\(view)".contains("canary"))
        }
        let none = try Self.live().view(of: Self.config(0, [:])).settings.first { $0.name == "WEBHOOK_URL" }
        #expect(none?.value == nil && none?.source == "default")
    }

    @Test func `what cannot be used is named by the host's health until it is mended`() throws {
        let live = try Self.live(["LOG_LEVEL": "loud", "OLD_NAME": "x", "SUBSYSTEM_NAME": "kept"], version: 1)
        #expect(Set(live.unusable) == ["LOG_LEVEL", "OLD_NAME"])
        #expect(live.atStart.logging.subsystem == "kept" && live.atStart.logging.level == .info)
        live.apply(Self.config(2, ["LOG_LEVEL": "debug", "SUBSYSTEM_NAME": "kept"]))
        #expect(live.unusable.isEmpty)
    }

    @Test func `an unknown name is a secret until it is known`() throws {
        let live = try Self.live()
        #expect(live.isSecret("WEBHOOK_URL") && live.isSecret("OF_TOMORROW") && !live.isSecret("LOG_LEVEL"))
        #expect(live.problem(withName: "LOG_LEVEL") == nil && live.problem(withName: "STORE_URL") != nil)
    }
}
