import ConnectorSDK

/// The error codes that are known without a definition, and where answers hold them.
enum ErrorCodes {
    // RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6, and from PROVIDERS.md: Slack, GitHub, HubSpot, Zoho.
    // The last two are of device authorizations, where others say `access_denied` and `expired_token` (RFC 8628 §3.5):
    // https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
    // https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#device-flow
    private static let refused: Set<String> = [
        "invalid_grant", "access_denied", "interaction_required", "login_required", "consent_required",
        "account_selection_required", "expired_token", "token_expired", "token_revoked", "invalid_refresh_token",
        "bad_refresh_token", "bad_verification_code", "invalid_code", "invalid_auth", "account_inactive",
        "authorization_declined", "incorrect_device_code",
    ]

    // `invalid_request` too: the request is malformed, which is our side's fault, and a definition's mistake must not
    // end every connection. RFC 8707 §2: `invalid_target`. The rest are GitHub's, Slack's and HubSpot's.
    private static let misconfigured: Set<String> = [
        "invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type", "invalid_request",
        "unsupported_response_type", "invalid_target", "redirect_uri_mismatch", "incorrect_client_credentials",
        "bad_client_id", "bad_client_secret", "bad_redirect_uri", "invalid_client_id", "invalid_client_secret",
        "device_flow_disabled",
    ]

    // RFC 6749 §4.1.2.1, RFC 8628 §3.5.
    private static let later: Set<String> = ["temporarily_unavailable", "authorization_pending"]
    private static let rateLimited: Set<String> = [
        "slow_down", "ratelimited", "rate_limited", "rate_limit_exceeded", "too_many_requests",
    ]

    /// What a code means on its own. Nil when it is not known.
    static func disposition(of code: String, after: Duration?) -> ProviderFailure.Disposition? {
        let code = code.lowercased()
        if refused.contains(code) { return .refused }
        if misconfigured.contains(code) { return .misconfigured }
        if later.contains(code) { return .retryLater(after: after) }
        return rateLimited.contains(code) ? .rateLimited(after: after) : nil
    }

    /// The texts of an answer that may be its code: `error`, or what stands in an `error` object, then the names that
    /// providers without RFC shape use.
    static func found(in answer: Answer) -> [String] {
        guard case .object(let members)? = answer.object else { return [] }
        var texts: [String] = []
        switch members["error"] {
        case .object(let error)?: texts = ["error", "code", "type", "status"].compactMap { error[$0]?.scalarText }
        case let error?: if !error.isVacant { texts = [error.scalarText].compactMap(\.self) }
        case nil: break
        }
        for name in ["error_code", "errorCode", "code", "status"] {
            if case .string(let text)? = members[name] { texts.append(text) }
        }
        return texts.filter { !$0.isEmpty }
    }

    /// At most 100 visible ASCII characters; runs of others become one `_`.
    static func clean(_ code: String) -> String {
        var clean = ""
        for scalar in code.unicodeScalars.prefix(200) {
            let isVisible = (0x21...0x7E).contains(scalar.value)
            if isVisible { clean.unicodeScalars.append(scalar) } else if clean.last != "_" { clean.append("_") }
        }
        return String(clean.prefix(100))
    }

    /// Salesforce: another call is at work on the same refresh token (row 24). It comes with an error code that alone
    /// would mean a refusal, so here the description is heard too: towards caution.
    static func saysBusy(_ answer: Answer) -> Bool {
        guard let object = answer.object, object.error != nil, case .object(let members) = object else { return false }
        guard case .string(let text)? = members["error_description"] else { return false }
        return text.lowercased().contains("already being processed")
    }

    /// Entra's numbers that are transient although they come with another code: 90033 (a service is unavailable) and
    /// 50196 (a client calls too often). https://learn.microsoft.com/entra/identity-platform/reference-error-codes
    static func entraDisposition(_ answer: Answer, after: Duration?) -> ProviderFailure.Disposition? {
        guard case .object(let members)? = answer.object, case .array(let numbers)? = members["error_codes"] else {
            return nil
        }
        if numbers.contains(.number("50196")) { return .rateLimited(after: after) }
        return numbers.contains(.number("90033")) ? .retryLater(after: after) : nil
    }
}
