package import ConnectorSDK

/// Whether a key that somebody sets can sign, asked before it replaces one that does.
package enum SigningKeyCheck {
    /// What is wrong with a key; nil when it can sign.
    /// - Parameter algorithm: the one that it will be asked for; nil: its own, or its type's.
    package static func problem(with secret: Secret, named name: String, for algorithm: String?) -> String? {
        do {
            _ = try SigningKey(secret, named: name).algorithm(asked: algorithm)
            return nil
        } catch {
            return (error as? SecretsError)?.description ?? "The signing key `\(name)` cannot be read."
        }
    }
}
