package import ConnectorSDK

package import struct Foundation.Data

/// An organization's OAuth client of one connector, as it is stored. Secrets are sealed one by one.
package struct ClientRecord: Sendable, Hashable {
    package let key: ClientKey
    package var clientID: String?
    package var redirectURIs: [String]
    package var scopes: [String]?
    /// Organization inputs that are no secret.
    package var inputs: [String: String]
    /// Secret name (`client_secret`, `client_private_key`, `client_certificate`, secret organization inputs) to sealed value.
    package var sealedSecrets: [String: Data]
    package var settings: Settings
    package var updatedAt: Timestamp
    /// Grows with every change.
    package var revision: Int64

    /// `settings` of the config route; nil means the definition's own.
    package struct Settings: Sendable, Hashable {
        package var hosts: [String]?
        package var rotation: RotationClass?
        package var idleLifetime: Duration?
        package var absoluteLifetime: Duration?
        package var exchangeWithoutState: Bool

        package init() { exchangeWithoutState = false }
    }

    /// A client of which nothing is set.
    package init(key: ClientKey, updatedAt: Timestamp) {
        self.key = key
        redirectURIs = []
        inputs = [:]
        sealedSecrets = [:]
        settings = Settings()
        self.updatedAt = updatedAt
        revision = 0
    }
}
