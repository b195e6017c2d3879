import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// Settings that are kept in the store, on a real host (docs/decisions/0021-app-configuration.md).
@Suite(.hosts(1)) struct AppConfigTests {
    private static let done = "https://app.example/done"

    @Test("a change is in force at once where it may be, the rest after a restart; the environment comes first")
    func life() async throws {
        try await Scenario.run("app-config") { scenario in
            let host = scenario.host
            let child = try await host.start()
            try await scenario.configure()
            let before = try await scenario.appConfig()
            #expect(before.status == 200 && before.version == 0, "\(before.text)")
            #expect(before.setting("LOG_LEVEL") == ["trace", "environment"])
            #expect(before.setting("LOG_FORMAT") == ["json", "default"])
            #expect(try await Self.authorizes(scenario) == 422)

            let changed = try await scenario.changeAppConfig(
                0, ["CALLER_RATE_LIMIT": "20/1h", "RETURN_URLS": Self.done])
            #expect(changed.status == 200 && changed.version == 1, "\(changed.text)")
            #expect(changed.setting("CALLER_RATE_LIMIT") == ["20/1h", "app_config"])
            #expect(changed.restartRequired == ["RETURN_URLS"])
            #expect(changed.json["updated_by"] as? String == "service:worker")
            try await Self.expectLimit(of: 20, "user-2", scenario)
            #expect(try await Self.authorizes(scenario) == 422, "the start's settings hold until the next one")

            let stale = try await scenario.changeAppConfig(0, ["CALLER_RATE_LIMIT": nil])
            #expect(stale.status == 409 && stale.code == "revision_conflict", "\(stale.text)")
            #expect(try await scenario.changeAppConfig(2, ["CALLER_RATE_LIMIT": nil]).status == 409)
            try await host.stop(child)

            let second = try await host.start()
            let after = try await scenario.appConfig()
            #expect(after.version == 1 && after.restartRequired.isEmpty, "\(after.text)")
            #expect(after.setting("RETURN_URLS") == [Self.done, "app_config"])
            #expect(try await Self.authorizes(scenario) == 201)
            try await Self.expectLimit(of: 20, "user-3", scenario)
            let removed = try await scenario.changeAppConfig(1, ["CALLER_RATE_LIMIT": nil])
            #expect(
                removed.version == 2 && removed.setting("CALLER_RATE_LIMIT") == [nil, "default"], "\(removed.text)")
            #expect(try await Self.lists("user-3", scenario) == 200)
            try await host.stop(second)

            let third = try await host.start(more: ["RETURN_URLS": "https://app.example/other"])
            let hidden = try await scenario.appConfig()
            #expect(hidden.setting("RETURN_URLS") == ["https://app.example/other", "environment"])
            #expect(try await Self.authorizes(scenario) == 422)
            let refused = try await scenario.changeAppConfig(2, ["RETURN_URLS": Self.done])
            #expect(refused.status == 422 && refused.fields == ["settings.RETURN_URLS"], "\(refused.text)")
            #expect(try await scenario.changeAppConfig(2, ["RETURN_URLS": nil]).version == 3)
            try await host.stop(third)
            let records = try HostFiles(folder: host.folder).audit("change_app_config")
            #expect(records.count == 3, "what was refused changed nothing")
            #expect(
                records.contains { $0.contains("version 1: CALLER_RATE_LIMIT RETURN_URLS") && $0.contains("org-1") })
            #expect(!records.joined().contains("app.example"))
        }
    }

    private static func authorizes(_ scenario: Scenario) async throws -> Int {
        try await scenario.host.call(
            "POST", "/api/v1/connectors/sandbox/authorize", token: scenario.callers.user(), json: ["return_to": done]
        ).status
    }

    private static func lists(_ user: String, _ scenario: Scenario) async throws -> Int {
        try await scenario.host.call("GET", "/api/v1/connectors", token: scenario.callers.user(user)).status
    }

    private static func expectLimit(of count: Int, _ user: String, _ scenario: Scenario) async throws {
        for _ in 0..<count { #expect(try await lists(user, scenario) == 200) }
        #expect(try await lists(user, scenario) == 429)
    }

    @Test("the log follows while the host runs")
    func log() async throws {
        try await Scenario.run("app-config-log") { scenario in
            let child = try await scenario.host.start(more: ["LOG_LEVEL": ""])
            let user = scenario.callers.user()
            let steps: [(name: String, settings: [String: String?])] = [
                ("line-first", [:]), ("line-off", ["LOG_HTTP_REQUESTS": "false"]),
                ("line-high", ["LOG_HTTP_REQUESTS": nil, "LOG_LEVEL": "error"]),
                ("line-text", ["LOG_LEVEL": nil, "LOG_FORMAT": "text", "SUBSYSTEM_NAME": "renamed"]),
                ("line-json", ["LOG_FORMAT": nil]),
            ]
            var version = 0
            for step in steps {
                let changed = try await scenario.changeAppConfig(version, step.settings)
                #expect(changed.status == 200 && changed.restartRequired.isEmpty, "\(changed.text)")
                version = changed.version
                let answer = try await scenario.host.call(
                    "GET", "/api/v1/connectors", token: user, headers: ["X-Request-ID": step.name])
                #expect(answer.status == 200)
            }
            let lines = try String(contentsOf: child.log, encoding: .utf8).split(separator: "\n")
            func line(_ name: String) -> String { lines.first { $0.contains(name) }.map(String.init) ?? "" }
            #expect(line("line-first").contains(#""subsystem":"token-manager""#))
            #expect(line("line-off").isEmpty && line("line-high").isEmpty)
            #expect(!line("line-text").isEmpty && !line("line-text").hasPrefix("{"))
            #expect(line("line-json").contains(#""subsystem":"renamed""#))
            try await scenario.host.stop(child)
        }
    }

    @Test("killed between changes, the host comes back with one of them, whole, and its audit record")
    func crash() async throws {
        try await Scenario.run("app-config-crash") { scenario in
            let child = try await scenario.host.start()
            let acknowledged = Mutex(0)
            async let writer: Void = Self.write(scenario) { version in acknowledged.withLock { $0 = version } }
            try await eventually("some changes are acknowledged") { acknowledged.withLock { $0 } >= 5 }
            child.kill(SIGKILL)
            try await child.waitForEnd()
            await writer
            let again = try await scenario.host.start()
            let found = try await scenario.appConfig()
            let last = acknowledged.withLock { $0 }
            #expect((last...(last + 1)).contains(found.version), "\(found.text)")
            #expect(found.setting("SUBSYSTEM_NAME") == ["tm-\(found.version)", "app_config"])
            #expect(found.setting("FRONTEND_URL") == ["https://app.example/\(found.version)", "app_config"])
            let records = try HostFiles(folder: scenario.host.folder).audit("change_app_config")
            #expect(records.count == found.version)
            try await scenario.host.stop(again)
        }
    }

    /// Changes two settings together until the host is away.
    private static func write(_ scenario: Scenario, _ acknowledge: @Sendable (Int) -> Void) async {
        for version in 1... {
            let settings = ["SUBSYSTEM_NAME": "tm-\(version)", "FRONTEND_URL": "https://app.example/\(version)"]
            let answer = try? await scenario.changeAppConfig(version - 1, settings)
            guard answer?.status == 200 else { return }
            acknowledge(version)
        }
    }
}
