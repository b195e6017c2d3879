import Crypto
package import Foundation

/// Proof that the key encryption key is the one this store began with (SECURITY 26). A host stores it on its first start
/// and verifies it at each later one, before it writes anything.
package enum KeyCheck {
    /// A constant, wrapped; not secret.
    package static func make(_ provider: some KeyProvider) async throws -> Data {
        try await provider.wrap(constant, context: context)
    }

    /// - Throws: `SecretsError` with `.wrongKey` or `.refused` when another key made it, or it was changed.
    package static func verify(_ stored: Data, _ provider: some KeyProvider) async throws {
        guard try await provider.unwrap(stored, context: context) == constant else {
            throw SecretsError(.wrongKey, "The key in use, \(provider.id), is not the one that this store began with.")
        }
    }

    private static var constant: SymmetricKey {
        SymmetricKey(data: SHA256.hash(data: Data("token-manager key check".utf8)))
    }

    static var context: Data { LengthPrefixed("key check").bytes }
}
