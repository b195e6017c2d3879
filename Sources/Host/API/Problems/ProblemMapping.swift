import HTTPTypes
import Pipeline

/// What a problem code means on the wire: the one table of DESIGN.md §7. The compiler sees to it that none is missing.
extension PipelineError.Code {
    /// The same request may succeed later without anybody changing anything.
    var isRetryable: Bool { meaning.retryable }
    var status: HTTPResponse.Status { HTTPResponse.Status(code: meaning.status) }
    var title: String { meaning.title }

    private var meaning: (status: Int, title: String, retryable: Bool) {
        switch self {
        case .malformed: (400, "The request cannot be read", false)
        case .unauthenticated: (401, "The caller is not known", false)
        case .forbidden: (403, "The caller may not do this", false)
        case .notFound: (404, "There is no such thing", false)
        case .methodNotAllowed: (405, "The route does not have this method", false)
        case .cursorGone: (410, "The cursor points at what is no longer kept", false)
        case .payloadTooLarge: (413, "The body is too large", false)
        case .unsupportedMediaType: (415, "The body is not of a type this route reads", false)
        case .pending: (409, "The connection is not complete yet", false)
        case .connectorDisabled: (409, "The connector is disabled", false)
        case .needsReauthorization: (409, "The owner must authorize again", false)
        case .expired: (409, "The token has expired and cannot be refreshed", false)
        case .revoked: (409, "The connection is revoked", false)
        case .hostsNotConfigured: (409, "The client's hosts are not configured", false)
        case .notConfigured: (409, "The client is not configured", false)
        case .duplicateGrant: (409, "The grant already belongs to a connection", false)
        case .inUse: (409, "Connections still use it", false)
        case .revisionConflict: (409, "It was changed meanwhile", false)
        case .definitionHeld: (409, "A changed definition waits to be accepted", false)
        case .invalidInput: (422, "The input is invalid", false)
        case .invalidState: (422, "The state is unknown, used or too old", false)
        case .providerError: (424, "The provider answered with an error", true)
        case .providerUnavailable: (424, "The provider cannot be reached", true)
        case .providerRateLimited: (424, "The provider limits the rate", true)
        case .clientMisconfigured: (424, "The provider refuses the client", false)
        case .callerRateLimited: (429, "The caller sends too many requests", true)
        case .refreshInProgress: (503, "A refresh is still running", true)
        case .storeUnavailable: (503, "The store is not available", true)
        case .keysUnavailable: (503, "The keys are not available", true)
        case .auditUnavailable: (503, "The audit log is not available", true)
        case .connectorUnavailable: (503, "The connector is not available", true)
        case .draining: (503, "The host is shutting down", true)
        case .internal: (500, "Something went wrong in the host", false)
        }
    }

    /// The page that explains the family of the code.
    var type: ProblemType { [400, 413, 415, 422].contains(meaning.status) ? .inputValidation : .application }
}

/// The two families of problems, one page each.
enum ProblemType: String, CaseIterable {
    case inputValidation = "input-validation"
    case application

    var path: String { "/problems/" + rawValue }
}
