import Foundation
import Secrets
import StoreContract

/// What a store holds of its installation: proof of the right key, and the secret of keyed hashes.
struct Installation {
    let secret: InstallationSecret

    static let keyCheck = InstallationSeal.keyCheck.rawValue
    static let secretSetting = InstallationSeal.secret.rawValue

    private struct Sealed: Sendable {
        var check: Data
        var secret: Data
    }

    /// Verifies the key before anything is written (SECURITY.md line 26); makes both on the first start. Of hosts that start
    /// at once on one empty store one makes them; the others find these, and may have another key.
    /// - Throws: `SecretsError` with `.wrongKey` when another key sealed this store.
    static func open(_ store: any Store, _ keys: some KeyProvider) async throws -> Installation {
        if let sealed = try await stored(in: store) { return try await open(sealed, keys) }
        let made = Sealed(check: try await KeyCheck.make(keys), secret: try await InstallationSecret.make(keys))
        do {
            try await store.write { transaction in
                try transaction.set(made.check, for: keyCheck, replacing: nil)
                try transaction.set(made.secret, for: secretSetting, replacing: nil)
            }
        } catch let error as StoreError where error.brokenRule == .setting || error.code == .acknowledgementLost {
            // Whoever made it, it is read again.
        }
        guard let sealed = try await stored(in: store) else {
            throw StoreError(.unavailable, "the installation could not be stored; start again")
        }
        return try await open(sealed, keys)
    }

    private static func stored(in store: any Store) async throws -> Sealed? {
        let (check, secret) = try await store.read { (try $0.setting(keyCheck), try $0.setting(secretSetting)) }
        if let check, let secret { return Sealed(check: check, secret: secret) }
        guard check == nil, secret == nil else {
            throw StoreError(
                .corrupt,
                "the settings \(keyCheck) and \(secretSetting) belong together, one is missing; restore a backup")
        }
        return nil
    }

    private static func open(_ sealed: Sealed, _ keys: some KeyProvider) async throws -> Installation {
        try await KeyCheck.verify(sealed.check, keys)
        return Installation(secret: try await InstallationSecret(opening: sealed.secret, keys))
    }
}
