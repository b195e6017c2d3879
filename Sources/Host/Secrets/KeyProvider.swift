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

/// A key provider that holds several keys, of which one wraps and all unwrap (SECURITY 23).
package protocol RotatingKeyProvider: KeyProvider {
    /// Every key that can be used, the one in use first.
    var keys: [KeptKey] { get }

    /// The id of the key that wrapped this; nil for what is no wrapped key of this provider.
    func keyID(of wrapped: Data) -> String?

    /// Looks again which keys there are: one that was taken away opens nothing any more (SECURITY 24).
    func reload() async throws

    /// Makes a key and keeps it durably. Nothing uses it yet.
    /// - Returns: its id.
    func makeKey() async throws -> String

    /// Wraps with that key from now on, durably. The one before stays and still unwraps.
    func use(_ id: String) async throws
}

/// A key that a provider holds.
package struct KeptKey: Sendable, Hashable {
    /// As `KeyProvider.id`.
    package let id: String
    /// Where it is kept: each of these holds it.
    package let places: [String]

    package init(id: String, places: [String]) {
        self.id = id
        self.places = places
    }
}
