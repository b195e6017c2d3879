import ConnectorSDK
import Foundation

/// Where this process has its settings from: its environment and the file of `--config`, both read once.
package struct SettingsSource: Sendable {
    /// A closure, so that no description of this value shows what is in the environment.
    private let read: @Sendable (_ kept: [String: Secret]) -> SettingsReader

    /// - Parameters:
    ///   - environment: the process's; variables with an empty value count as not set.
    ///   - file: the path behind `--config`.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment, file: String? = nil) {
        let file = file.map(SettingsFile.init(path:)) ?? SettingsFile()
        read = { SettingsReader(environment: environment, file: file, kept: $0) }
    }

    /// - Parameter kept: what the store keeps; it counts where neither environment nor file say anything.
    func reader(keeping kept: [String: Secret] = [:]) -> SettingsReader { read(kept) }
}

/// Where a setting's value comes from, first come first served.
package enum SettingOrigin: String, Sendable, CaseIterable {
    case environment
    case file
    case appConfig = "app_config"
    case standard = "default"
}
