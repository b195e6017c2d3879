import ConnectorSDK

/// Reads the answer to a revocation (RFC 7009 §2.2). A token that the provider does not know is revoked (SECURITY 15).
struct RevocationReader {
    let failures: FailureReader

    private static let gone: Set<String> = [
        "invalid_token", "invalid_grant", "token_revoked", "token_expired", "expired_token", "token_not_found",
        "invalid_refresh_token", "bad_refresh_token",
    ]

    func read(_ answer: Answer) -> Reading {
        // Some answer with an empty body or a word, so the body counts only where it names an error.
        if answer.isSuccessStatus, answer.object?.error == nil { return .done }
        let failure = failures.failure(in: answer)
        let isKnown = (200...499).contains(answer.response.status)
        return isKnown && Self.gone.contains(failure.code.lowercased()) ? .done : .failure(failure)
    }
}
