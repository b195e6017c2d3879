import Foundation
import TestSupport
import Testing

/// What is not kept, whom it concerns, and what is never shown (docs/decisions/0021-app-configuration.md).
@Suite(.hosts(1)) struct AppConfigRefusalTests {
    @Test("everything that is wrong is told at once, and nothing of it is kept")
    func wrong() async throws {
        try await Scenario.run("app-config-wrong") { scenario in
            let child = try await scenario.host.start()
            let wrong = try await scenario.changeAppConfig(
                0,
                [
                    "LOG_FORMAT": "xml", "CALLER_RATE_LIMIT": "fast", "STORE_URL": "sqlite:/tmp/x.db",
                    "JWT_SECRET": "0123456789-0123456789-0123456789", "LOG_LEVEL": "debug", "NO_SUCH": "x", "GONE": nil,
                    "SUBSYSTEM_NAME": "fine",
                ])
            #expect(wrong.status == 422 && wrong.code == "invalid_input")
            #expect(
                wrong.fields
                    == ["CALLER_RATE_LIMIT", "GONE", "JWT_SECRET", "LOG_FORMAT", "LOG_LEVEL", "NO_SUCH", "STORE_URL"]
                    .map { "settings.\($0)" }, "\(wrong.text)")
            let details = (wrong.json["errors"] as? [[String: String]] ?? []).compactMap { $0["detail"] }
            for part in [
                "use one of json, text", "the environment of this host sets it", "it is not kept in the store",
            ] {
                #expect(details.contains { $0.contains(part) }, "\(part)")
            }
            for (settings, field) in [
                (["WEBHOOK_URL": "https://events.example/x"], "settings.WEBHOOK_SECRET"),
                (["FRONTEND_URL": "http://app.example/"], "settings.FRONTEND_URL"),
                (["FRONTEND_URL": "set"], "settings.FRONTEND_URL"),
            ] {
                let answer = try await scenario.changeAppConfig(0, settings)
                #expect(answer.status == 422 && answer.fields == [field], "\(answer.text)")
            }
            let nothing = try await scenario.changeAppConfig(0, ["FRONTEND_URL": nil, "LOG_LEVEL": nil])
            #expect(nothing.status == 200 && nothing.version == 0, "what changes nothing is no version")
            let after = try await scenario.appConfig()
            #expect(after.version == 0 && after.setting("SUBSYSTEM_NAME") == ["token-manager", "default"])
            #expect(try HostFiles(folder: scenario.host.folder).audit("change_app_config").isEmpty)
            try await scenario.host.stop(child)
        }
    }

    @Test("a time of the protocol that breaks an inequality is refused with the values in force")
    func timing() async throws {
        try await Scenario.run("app-config-timing", environment: [:]) { scenario in
            let child = try await scenario.host.start()
            let broken = try await scenario.changeAppConfig(0, ["REFRESH_HARD_DEADLINE": "10s"])
            #expect(broken.status == 422 && broken.fields == ["settings.REFRESH_SOFT_DEADLINE"])
            #expect(broken.text.contains("REFRESH_SOFT_DEADLINE=10s, REFRESH_HARD_DEADLINE=10s"), "\(broken.text)")
            let whole = try await scenario.changeAppConfig(
                0, ["REFRESH_HARD_DEADLINE": "10s", "REFRESH_SOFT_DEADLINE": "5s"])
            #expect(whole.restartRequired == ["REFRESH_SOFT_DEADLINE", "REFRESH_HARD_DEADLINE"], "\(whole.text)")
            try await scenario.host.stop(child)
        }
    }

    @Test("SECURITY 33: it is the host's: services with the scope of any organization, no users, nobody limited")
    func callers() async throws {
        try await Scenario.run("app-config-callers") { scenario in
            let child = try await scenario.host.start()
            let other = scenario.inOrganization("org-2")
            #expect(try await scenario.changeAppConfig(0, ["SUBSYSTEM_NAME": "first"]).version == 1)
            #expect(try await other.appConfig().setting("SUBSYSTEM_NAME") == ["first", "app_config"])
            #expect(try await other.changeAppConfig(0, ["SUBSYSTEM_NAME": "second"]).status == 409)
            #expect(try await other.changeAppConfig(1, ["SUBSYSTEM_NAME": "second"]).version == 2)
            #expect(try await scenario.appConfig().setting("SUBSYSTEM_NAME") == ["second", "app_config"])
            let records = try HostFiles(folder: scenario.host.folder).audit("change_app_config")
            #expect(records.count == 2 && records.contains { $0.contains("org-2") })
            let callers = scenario.callers
            let refused: [(String, [String])] = [
                ("GET", [callers.user(), callers.service("config:write"), callers.everything]),
                ("PUT", [callers.user(), callers.service("config:read"), callers.everything]),
            ]
            for (method, tokens) in refused {
                let limited = callers.service("config:read", "config:write", connectors: ["sandbox"])
                for token in tokens + [limited] {
                    let answer = try await scenario.host.call(
                        method, Scenario.appConfigPath, token: token,
                        json: method == "PUT" ? ["version": 2, "settings": ["SUBSYSTEM_NAME": "third"]] : nil)
                    #expect(answer.status == 403 && answer.code == "forbidden", "\(method): \(answer.text)")
                    #expect(!answer.text.contains("second"))
                    guard method == "PUT" else { continue }
                    let empty = try await scenario.host.call(method, Scenario.appConfigPath, token: token, json: [:])
                    #expect(empty.status == 403, "who calls is asked before what: \(empty.text)")
                }
            }
            #expect(try await scenario.appConfig().version == 2)
            try await scenario.host.stop(child)
        }
    }

    @Test("a secret is sealed, shown as set, and used from the next start on")
    func secrets() async throws {
        let (path, key) = ("/canary-kept-webhook-path", "canary-kept-webhook-key-0123456789")
        try TestFolders.noteCanaries([path, key])
        let receiver = try RawServer { _ in RawServer.json("{}") }
        try await Scenario.run("app-config-secret") { scenario in
            let host = scenario.host
            let child = try await host.start()
            let url = "http://127.0.0.1:\(receiver.port)\(path)"
            let changed = try await scenario.changeAppConfig(0, ["WEBHOOK_URL": url, "WEBHOOK_SECRET": key])
            #expect(changed.status == 200, "\(changed.text)")
            #expect(changed.restartRequired == ["WEBHOOK_URL", "WEBHOOK_SECRET"])
            try await host.stop(child)
            let second = try await host.start()
            let shown = try await scenario.appConfig()
            #expect(shown.setting("WEBHOOK_URL") == ["set", "app_config"], "\(shown.text)")
            #expect(shown.setting("WEBHOOK_SECRET") == ["set", "app_config"])
            #expect(shown.restartRequired.isEmpty)
            try await scenario.makeToggles(1)
            try await eventually("an event is posted") { receiver.requests.contains { $0.path == path } }
            #expect(receiver.requests.allSatisfy { $0.header("webhook-signature") != nil })
            try await host.stop(second)
            let wrong = try await host.start(more: ["WEBHOOK_URL": url, "WEBHOOK_SECRET": key])
            let again = try await scenario.changeAppConfig(1, ["WEBHOOK_SECRET": key])
            #expect(again.status == 422 && again.fields == ["settings.WEBHOOK_SECRET"])
            try await host.stop(wrong)
            for answer in [changed, shown, again] { #expect(!answer.text.contains("canary")) }
            for name in ["store.db", "store.db-wal", "host.log"] {
                let bytes = FileManager.default.contents(atPath: host.folder.path + "/" + name) ?? Data()
                #expect(bytes.range(of: Data("canary-kept".utf8)) == nil, "\(name)")
            }
        }
    }
}
