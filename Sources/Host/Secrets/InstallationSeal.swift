package import Foundation

/// What the key encryption key itself wraps in a store, beside data keys; each by the name of its setting.
package enum InstallationSeal: String, Sendable, CaseIterable {
    case keyCheck = "key_check"
    case secret = "installation_secret"

    /// What its wrapping authenticates.
    package var context: Data {
        switch self {
        case .keyCheck: KeyCheck.context
        case .secret: InstallationSecret.context
        }
    }
}

extension RotatingKeyProvider {
    /// The same key, wrapped by the key in use; nil where it is already.
    package func rewrap(_ wrapped: Data, context: Data) async throws -> Data? {
        guard keyID(of: wrapped) != id else { return nil }
        return try await wrap(unwrap(wrapped, context: context), context: context)
    }
}
