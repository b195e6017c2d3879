import ConnectorSDK
import Foundation
import Model
import Secrets

/// The app configuration as it stands in the store, one entry: so a change of several settings is one write.
struct AppConfigRecord: Codable, Hashable {
    /// The entry's name.
    static let setting = "app_config"
    private static let format = 1

    var format = Self.format
    var version: Int64 = 0
    var updatedAt: Timestamp?
    var updatedBy: String?
    /// Texts of settings that are no secrets.
    var plain: [String: String] = [:]
    /// Sealed texts of those that are.
    var sealed: [String: Data] = [:]

    /// The entry with its bytes, which a change has to find unchanged.
    struct Stored {
        let bytes: Data?
        let record: AppConfigRecord
        /// Written by another program, or damaged; the record is an empty one.
        let isUnreadable: Bool

        init(_ bytes: Data?) {
            let read = bytes.flatMap { try? JSONDecoder().decode(AppConfigRecord.self, from: $0) }
            let record = read?.format == AppConfigRecord.format ? read : nil
            self.bytes = bytes
            self.record = record ?? AppConfigRecord()
            isUnreadable = bytes != nil && record == nil
        }
    }

    var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            return try encoder.encode(self)
        }
    }

    /// Every name under which something is kept, usable or not.
    var names: Set<String> { Set(plain.keys).union(sealed.keys) }

    /// Writes a change; secrets are sealed here.
    mutating func take(_ change: Change<Secret>, _ name: String, isSecret: Bool, _ installation: InstallationSecret)
        throws
    {
        if case .unchanged = change { return }
        plain[name] = nil
        sealed[name] = nil
        guard case .set(let value) = change else { return }
        if isSecret {
            sealed[name] = try installation.seal(value, setting: name)
        } else {
            plain[name] = value.reveal()
        }
    }
}
