extension Definition {
    /// Whether the consent page is sent a nonce (OpenID Connect Core §3.1.2.1): where a step reads the claims of an ID token,
    /// unless the provider refuses one; and where `rename` names it, since the provider insists on one.
    public var asksForNonce: Bool {
        guard let authorization, !authorization.omit.contains("nonce") else { return false }
        return authorization.rename["nonce"] != nil
            || afterConnect.contains { if case .claims(of: .idToken, _) = $0 { true } else { false } }
    }
}
