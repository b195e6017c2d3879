import Foundation
import TestSupport

extension Scenario {
    static let appConfigPath = "/api/v1/internal/app-config"

    /// The app configuration, read by a service.
    func appConfig() async throws -> HTTPProbe.Answer {
        try await host.call("GET", Self.appConfigPath, token: callers.service("config:read"))
    }

    /// Changes it; nil removes.
    func changeAppConfig(_ version: Int, _ settings: [String: String?]) async throws -> HTTPProbe.Answer {
        let values = settings.mapValues { $0.map { $0 as Any } ?? NSNull() }
        let body: [String: Any] = ["version": version, "settings": values]
        return try await host.probe.send(
            "PUT", host.url + Self.appConfigPath, token: callers.service("config:write"),
            body: try JSONSerialization.data(withJSONObject: body), headers: ["Content-Type": "application/json"])
    }

    /// What health says of the configuration.
    func configHealth() async throws -> (status: String?, detail: String?) {
        let health = try await host.probe.send("GET", host.url + "/api/v1/health")
        let part = (health.json["services"] as? [String: [String: Any]])?["config"]
        return (part?["status"] as? String, part?["detail"] as? String)
    }
}

extension HTTPProbe.Answer {
    /// Of an app configuration; -1 where the answer is none.
    var version: Int { json["version"] as? Int ?? -1 }
    var restartRequired: [String] { json["restart_required"] as? [String] ?? ["-"] }

    /// The value of a setting, then where it is from.
    func setting(_ name: String) -> [String?] {
        let setting = (json["settings"] as? [String: [String: Any]])?[name]
        return [setting?["value"] as? String, setting?["source"] as? String]
    }

    /// The settings that have no effect.
    var unusable: [String] { (json["problems"] as? [[String: String]] ?? []).compactMap { $0["setting"] }.sorted() }

    /// The fields that a problem names.
    var fields: [String] { (json["errors"] as? [[String: String]] ?? []).compactMap { $0["field"] } }
}
