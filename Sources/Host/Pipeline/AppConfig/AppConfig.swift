package import ConnectorSDK
import Foundation
package import Model
package import Secrets
package import StoreContract

/// What the store keeps of the settings, opened (docs/decisions/0021-app-configuration.md).
package struct AppConfig: Sendable {
    /// Of the last change; 0: there was none.
    package let version: Int64
    package let updatedAt: Timestamp?
    /// The caller's name, as in audit records.
    package let updatedBy: String?
    /// Values by the settings' names, as they would stand in the environment.
    package let settings: [String: Secret]
    /// What is stored and cannot be read.
    package let problems: [Problem]

    /// A stored setting without effect.
    package struct Problem: Sendable, Hashable {
        package let setting: String
        /// What is wrong and what to do.
        package let detail: String

        package init(_ setting: String, _ detail: String) {
            self.setting = setting
            self.detail = detail
        }
    }

    /// Reads it from a store.
    package static func load(from store: any Store, _ installation: InstallationSecret) async throws -> AppConfig {
        let stored = try await store.read { try $0.setting(AppConfigRecord.setting) }
        return AppConfig(AppConfigRecord.Stored(stored), installation)
    }

    package init(
        version: Int64, updatedAt: Timestamp? = nil, updatedBy: String? = nil, settings: [String: Secret],
        problems: [Problem] = []
    ) {
        self.version = version
        self.updatedAt = updatedAt
        self.updatedBy = updatedBy
        self.settings = settings
        self.problems = problems
    }

    init(_ stored: AppConfigRecord.Stored, _ installation: InstallationSecret) {
        let record = stored.record
        let opened = record.sealed.map { name, sealed in (name, installation.open(sealed, setting: name)) }
        let plain = record.plain.mapValues { Secret($0) }
        version = record.version
        updatedAt = record.updatedAt
        updatedBy = record.updatedBy
        settings = plain.merging(opened.compactMap { name, value in value.map { (name, $0) } }) { _, secret in secret }
        problems =
            (stored.isUnreadable ? [Self.unreadable] : [])
            + opened.filter { $0.1 == nil }.map { Problem($0.0, Self.closed) }.sorted { $0.setting < $1.setting }
    }

    private static let closed =
        "the stored value does not open; set it again, or null in PUT /api/v1/internal/app-config removes it"
    private static let unreadable = Problem(
        "app_config",
        "what is stored cannot be read by this program; run the one that wrote it, or PUT /api/v1/internal/app-config "
            + "with version 0 to begin anew")
}

/// `PUT /api/v1/internal/app-config`.
package struct AppConfigUpdate: Sendable {
    /// The one that the caller has read.
    package let version: Int64
    /// By the settings' names; what is left out stays.
    package let settings: [String: Change<Secret>]

    package init(version: Int64, settings: [String: Change<Secret>]) {
        self.version = version
        self.settings = settings
    }
}

/// The app configuration as it is shown.
package struct AppConfigView: Sendable {
    package struct Setting: Sendable {
        package let name: String
        /// As it would stand in the environment; `set` for a secret; nil: it is not set.
        package let value: String?
        /// `environment`, `file`, `app_config` or `default`.
        package let source: String
        /// A new value is in force from the next start on only.
        package let needsRestart: Bool
        package let summary: String

        package init(name: String, value: String?, source: String, needsRestart: Bool, summary: String) {
            self.name = name
            self.value = value
            self.source = source
            self.needsRestart = needsRestart
            self.summary = summary
        }
    }

    package let version: Int64
    package let updatedAt: Timestamp?
    package let updatedBy: String?
    package let settings: [Setting]
    /// Names of settings whose value is not the one that this host was started with.
    package let restartRequired: [String]
    package let problems: [AppConfig.Problem]

    package init(
        of config: AppConfig, settings: [Setting], restartRequired: [String], problems: [AppConfig.Problem]
    ) {
        version = config.version
        updatedAt = config.updatedAt
        updatedBy = config.updatedBy
        self.settings = settings
        self.restartRequired = restartRequired
        self.problems = problems
    }
}
