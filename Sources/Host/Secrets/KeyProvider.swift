package import Crypto
package import Foundation

/// Holds the key encryption key and never gives it out: it wraps data keys and unwraps them. Async, because a key
/// management service is a network call.
package protocol KeyProvider: Sendable {
    /// Names the key in use, for errors and the audit; tells nothing about its bytes.
    var id: String { get }

    /// Encrypts a key. The context is authenticated: unwrapping needs the same one.
    func wrap(_ key: SymmetricKey, context: Data) async throws -> Data

    /// Decrypts a wrapped key.
    /// - Throws: `SecretsError` with `.wrongKey` when another key wrapped it, `.refused` when it or its context was changed.
    func unwrap(_ wrapped: Data, context: Data) async throws -> SymmetricKey
}
