package import ConnectorSDK

extension Definition {
    /// Whether a client must be registered before anything can be redeemed: not where an assertion alone shows who asks.
    package var needsClientID: Bool { client.authentication != .none || grants.contains(.authorizationCode) }
}
