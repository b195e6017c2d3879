import Pipeline

/// What whoever meets a problem can do, for the pages of the problem types. Of no code is it missing: the compiler looks.
extension PipelineError.Code {
    var remedy: String {
        switch self {
        case .malformed: "Correct it as detail says: it is no HTTP, no JSON, or was cut off."
        case .unauthenticated: "Send a bearer token that is valid now."
        case .forbidden:
            "Use a caller with the role or scope that detail names, of an organization that was not deleted."
        case .notFound: "Check the id. What belongs to others does not exist for you."
        case .methodNotAllowed: "Use one of the methods in Allow."
        case .cursorGone: "Begin without a cursor, and read anew what the lost events told of."
        case .payloadTooLarge: "Send at most 1 MiB."
        case .unsupportedMediaType: "Send application/json, or what detail says."
        case .pending: "Finish the authorization, or name one of the connection's choices."
        case .connectorDisabled: "An admin enables it: POST /api/v1/connectors/{connector}/enable."
        case .needsReauthorization: "Send the owner through the route that reauthorize names."
        case .expired: "Ask again after Retry-After where it is there; else authorize again."
        case .revoked: "Authorize a new connection."
        case .hostsNotConfigured: "An admin sets settings.hosts: PUT /api/v1/connectors/{connector}/config."
        case .notConfigured:
            "An admin sets what detail names: PUT /api/v1/connectors/{connector}/config or credentials."
        case .duplicateGrant: "Use the connection that has it, or revoke that one and authorize anew."
        case .inUse: "Delete the connections of this client first."
        case .revisionConflict: "Read it again, then repeat the change."
        case .definitionHeld: "An admin looks at it, then POST /api/v1/connectors/{connector}/accept."
        case .invalidInput: "Correct the fields that errors[] names."
        case .invalidState: "Start the authorization again."
        case .providerError: "Try again after Retry-After; a code or grant that was refused has to be obtained anew."
        case .providerUnavailable, .providerRateLimited: "Try again after Retry-After."
        case .clientMisconfigured:
            "An admin corrects the client's id, secret or settings; tried again after Retry-After."
        case .callerRateLimited: "Wait as Retry-After says, then send fewer, or close a stream."
        case .refreshInProgress: "Ask again after Retry-After: the answer of the refresh that runs will be there."
        case .storeUnavailable: "Ask again after Retry-After; operators look at STORE_URL."
        case .keysUnavailable: "Ask again after Retry-After; operators look at KEY_PROVIDER."
        case .auditUnavailable: "Ask again after Retry-After; operators look at the disk of SPOOL_DIR."
        case .connectorUnavailable: "Operators look at its definition with token-manager lint; ask again after that."
        case .draining: "Ask again after Retry-After: another host answers, or this one once it has started again."
        case .internal: "Operators find request_id in the log. Before repeating a change, read what it has become."
        }
    }
}
