import ConnectorSDK
package import Model

/// A failure as callers see it; its code fixes the HTTP status (DESIGN.md §7).
package struct PipelineError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The problem codes of DESIGN.md §7.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        case malformed
        case unauthenticated
        case forbidden
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case cursorGone = "cursor_gone"
        case payloadTooLarge = "payload_too_large"
        case unsupportedMediaType = "unsupported_media_type"
        case pending
        case connectorDisabled = "connector_disabled"
        case needsReauthorization = "needs_reauthorization"
        case expired
        case revoked
        case hostsNotConfigured = "hosts_not_configured"
        case notConfigured = "not_configured"
        case duplicateGrant = "duplicate_grant"
        case inUse = "in_use"
        case revisionConflict = "revision_conflict"
        case definitionHeld = "definition_held"
        case invalidInput = "invalid_input"
        case invalidState = "invalid_state"
        case providerError = "provider_error"
        case providerUnavailable = "provider_unavailable"
        case providerRateLimited = "provider_rate_limited"
        case clientMisconfigured = "client_misconfigured"
        case callerRateLimited = "caller_rate_limited"
        case refreshInProgress = "refresh_in_progress"
        case storeUnavailable = "store_unavailable"
        case keysUnavailable = "keys_unavailable"
        case auditUnavailable = "audit_unavailable"
        case connectorUnavailable = "connector_unavailable"
        case draining
        case `internal`
    }

    /// One wrong field.
    package struct Field: Sendable, Hashable {
        /// JSON pointer or parameter name, such as `inputs.subdomain`.
        package let name: String
        package let detail: String

        package init(_ name: String, _ detail: String) {
            self.name = name
            self.detail = detail
        }
    }

    package let code: Code
    /// What happened and what to do about it; never a secret, never the provider's own text.
    package let detail: String
    package var fields: [Field] = []
    /// For `Retry-After`; every 424 and 503 has one (the mapping fills in a default).
    package var retryAfter: Duration?
    /// `duplicate_grant`: only if it is the caller's own organization's.
    package var connection: ConnectionID?
    /// `needs_reauthorization`: the connector whose authorize route renews the connection.
    package var connector: String?

    /// The placeholder that this comes of, and what is wrong with its value.
    var placeholder: Field?

    /// The same request cannot succeed, whatever its code says of others: what it brought was refused.
    package var isFinal = false

    package init(_ code: Code, _ detail: String, retryAfter: Duration? = nil) {
        self.code = code
        self.detail = detail
        self.retryAfter = retryAfter
    }

    /// The same without its detail where that repeats a secret.
    func hiding(_ secrets: [Secret]) -> PipelineError {
        guard SecretEcho.isIn(detail, of: secrets) else { return self }
        var hidden = PipelineError(
            code, "The provider's answer repeats a secret and is withheld.", retryAfter: retryAfter)
        hidden.isFinal = isFinal
        return hidden
    }

    /// A wrong field of the request.
    package static func invalid(_ field: String, _ detail: String) -> PipelineError {
        var error = PipelineError(.invalidInput, "\(field): \(detail)")
        error.fields = [Field(field, detail)]
        return error
    }

    /// The code alone, as logs have it. The detail is for the caller, who may be told more than a log keeps.
    package var description: String { code.rawValue }

    /// Nothing, or all the wrong fields of the request at once.
    static func refuse(_ fields: [Field], _ detail: String) throws {
        guard !fields.isEmpty else { return }
        var error = PipelineError(.invalidInput, detail)
        error.fields = fields
        throw error
    }
}
