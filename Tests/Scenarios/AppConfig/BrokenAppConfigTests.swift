import Foundation
import TestSupport
import Testing

/// What was stored by another program, or was damaged, keeps no host from starting (docs/decisions/0021-app-configuration.md).
@Suite(.hosts(1)) struct BrokenAppConfigTests {
    @Test("a stored value that is wrong by now has no effect, is said with its remedy, and can be removed")
    func values() async throws {
        try await Scenario.run("app-config-broken") { scenario in
            let host = scenario.host
            let first = try await host.start(more: ["LOG_LEVEL": ""])
            #expect(try await scenario.changeAppConfig(0, ["SUBSYSTEM_NAME": "kept"]).version == 1)
            try await host.stop(first)
            try Self.store(
                #"{"format":1,"version":7,"plain":{"LOG_LEVEL":"loud","OF_TOMORROW":"x","SUBSYSTEM_NAME":"kept"},"sealed":{"WEBHOOK_URL":"AAAA"}}"#,
                host)
            let child = try await host.start(more: ["LOG_LEVEL": ""])
            let log = try String(contentsOf: child.log, encoding: .utf8)
            for name in ["LOG_LEVEL", "OF_TOMORROW", "WEBHOOK_URL"] {
                let line = log.split(separator: "\n").first { $0.contains("\(name): the stored value") }
                #expect(line?.contains("PUT /api/v1/internal/app-config") == true, "\(name)")
            }
            let broken = try await scenario.appConfig()
            #expect(broken.version == 7 && broken.unusable == ["LOG_LEVEL", "OF_TOMORROW", "WEBHOOK_URL"])
            #expect(broken.setting("SUBSYSTEM_NAME") == ["kept", "app_config"], "\(broken.text)")
            #expect(broken.setting("LOG_LEVEL") == ["info", "default"])
            let ill = try await scenario.configHealth()
            #expect(ill.status == "degraded" && ill.detail?.contains("LOG_LEVEL") == true)

            let half = try await scenario.changeAppConfig(7, ["OF_TOMORROW": nil, "LOG_FORMAT": "text"])
            #expect(half.status == 422 && half.fields == ["settings.LOG_LEVEL"], "\(half.text)")
            let mended = try await scenario.changeAppConfig(
                7, ["OF_TOMORROW": nil, "LOG_LEVEL": "debug", "WEBHOOK_URL": nil])
            #expect(mended.version == 8 && mended.unusable.isEmpty, "\(mended.text)")
            #expect(mended.setting("LOG_LEVEL") == ["debug", "app_config"])
            #expect(try await scenario.configHealth().status == "healthy")
            try await host.stop(child)
        }
    }

    @Test("what cannot be read at all is left alone until somebody begins anew")
    func record() async throws {
        try await Scenario.run("app-config-unreadable") { scenario in
            let host = scenario.host
            let first = try await host.start()
            #expect(try await scenario.changeAppConfig(0, ["SUBSYSTEM_NAME": "kept"]).version == 1)
            try await host.stop(first)
            try Self.store(#"{"format":2,"version":9,"plain":{},"sealed":{}}"#, host)
            let child = try await host.start()
            let unreadable = try await scenario.appConfig()
            #expect(unreadable.version == 0 && unreadable.unusable == ["app_config"], "\(unreadable.text)")
            #expect(unreadable.setting("SUBSYSTEM_NAME") == ["token-manager", "default"])
            #expect(try await scenario.configHealth().status == "degraded")
            #expect(try await scenario.changeAppConfig(9, ["SUBSYSTEM_NAME": "anew"]).status == 409)
            let anew = try await scenario.changeAppConfig(0, ["SUBSYSTEM_NAME": "anew"])
            #expect(anew.version == 1 && anew.unusable.isEmpty, "\(anew.text)")
            #expect(anew.setting("SUBSYSTEM_NAME") == ["anew", "app_config"])
            #expect(try await scenario.configHealth().status == "healthy")
            try await host.stop(child)
        }
    }

    /// Writes what a stopped host finds.
    private static func store(_ json: String, _ host: TestHost) throws {
        try HostFiles(folder: host.folder).change(
            "UPDATE setting SET value = CAST('\(json)' AS BLOB) WHERE name = 'app_config'")
    }
}
