/// An error answer of the token endpoint (RFC 6749 §5.2).
struct OAuthFailure: Error, Sendable, Equatable {
    var code: String
    var description: String
    var status: Int

    static func invalidRequest(_ description: String) -> Self {
        Self(code: "invalid_request", description: description, status: 400)
    }

    static func invalidClient(_ description: String) -> Self {
        Self(code: "invalid_client", description: description, status: 401)
    }

    static func invalidGrant(_ description: String) -> Self {
        Self(code: "invalid_grant", description: description, status: 400)
    }

    static func invalidScope(_ description: String) -> Self {
        Self(code: "invalid_scope", description: description, status: 400)
    }

    static func unsupportedGrantType(_ description: String) -> Self {
        Self(code: "unsupported_grant_type", description: description, status: 400)
    }

    /// The JSON body.
    var json: String {
        "{\"error\":\(JSONText.string(code)),\"error_description\":\(JSONText.string(description))}"
    }
}
