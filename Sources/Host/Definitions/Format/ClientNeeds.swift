package import ConnectorSDK

extension Definition {
    /// Whether a client must be registered before anything can be redeemed: not where an assertion alone shows who asks.
    /// A public client names itself to begin a device flow (RFC 8628 §3.1), and is the issuer of an assertion that names none.
    package var needsClientID: Bool {
        client.authentication != .none || grants.contains(.authorizationCode) || grants.contains(.deviceCode)
            || (connector == "oauth2" && grants.contains(.jwtBearer) && assertion?.issuer == nil)
            || templateUses(SourceMap()).contains { $0.template.placeholders.contains("client_id") }
    }
}
