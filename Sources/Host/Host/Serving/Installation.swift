import Foundation
import Secrets
import StoreContract

/// What a store holds of its installation: proof of the right key, and the secret of keyed hashes.
struct Installation {
    let secret: InstallationSecret

    static let keyCheck = InstallationSeal.keyCheck.rawValue
    static let secretSetting = InstallationSeal.secret.rawValue

    /// Verifies the key before anything is written (SECURITY.md line 26); makes both on the first start.
    /// - Throws: `SecretsError` with `.wrongKey` when another key sealed this store.
    static func open(_ store: any Store, _ keys: FileKeyProvider) async throws -> Installation {
        let (check, wrapped) = try await store.read {
            (try $0.setting(keyCheck), try $0.setting(secretSetting))
        }
        if let check, let wrapped {
            try await KeyCheck.verify(check, keys)
            return Installation(secret: try await InstallationSecret(opening: wrapped, keys))
        }
        guard check == nil, wrapped == nil else {
            throw StoreError(
                .corrupt,
                "the settings \(keyCheck) and \(secretSetting) belong together, one is missing; restore a backup")
        }
        let (madeCheck, madeSecret) = (try await KeyCheck.make(keys), try await InstallationSecret.make(keys))
        try await store.write { transaction in
            try transaction.set(madeCheck, for: keyCheck)
            try transaction.set(madeSecret, for: secretSetting)
        }
        return Installation(secret: try await InstallationSecret(opening: madeSecret, keys))
    }
}
