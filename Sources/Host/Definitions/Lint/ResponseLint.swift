import ConnectorSDK

extension LintRules {
    /// OpenID Connect Core §3.1.3.7: without an issuer nothing of an ID token can be checked.
    static func uncheckedIdentity(_ check: Checking) {
        let scopes = check.definition.scopes
        guard check.definition.issuer == nil, (scopes.defaults + scopes.always).contains("openid") else { return }
        check.note(
            "unchecked-identity", "`openid` asks for an ID token that nothing can check", hint: "say `issuer`",
            at: scopes.always.contains("openid") ? "scopes.always" : "scopes.default")
    }

    /// The keys of an issuer that nobody names check nothing.
    static func keysOfNobody(_ check: Checking) {
        guard check.definition.jwks != nil, check.definition.issuer == nil else { return }
        check.warnKey(
            "unused", "`jwks` checks the ID tokens of an `issuer`, and there is none",
            hint: "say `issuer`, or remove it", at: "jwks")
    }

    /// A token without end is worth a thief's patience.
    static func neverExpires(_ check: Checking) {
        guard check.definition.response.expiry.never, check.definition.revocation == nil else { return }
        check.note(
            "never-expires", "tokens without end, and no way to revoke them", hint: "say `revocation` if there is one",
            at: "response.expiry.never")
    }
}
