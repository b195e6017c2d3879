import Foundation

/// What the provider knows about assertions.
struct AssertionDesk: Sendable {
    var issuers: [String: AssertionIssuer] = [:]
    /// Ids of assertions that were taken, with the time until which they could come again.
    var taken: [String: Date] = [:]
}

extension AuthorizationServer {
    static let assertionGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer"

    /// Seconds an assertion may live at most.
    private static let longestAssertion = 3600

    /// Redeems an assertion (RFC 7523 §2.1), as strictly as it may be done: signature, audience and times are verified, and
    /// each assertion is good once.
    /// - Parameter audience: the token endpoint's own address.
    mutating func redeemAssertion(
        _ parameters: Parameters, audience: String, now: Date
    ) throws(OAuthFailure) -> TokenAnswer {
        if let name = parameters.repeated { throw .invalidRequest("\(name) stands twice") }
        guard let text = parameters["assertion"] else { throw .invalidRequest("assertion is missing") }
        let assertion = try SignedAssertion(text)
        let claims = assertion.claims
        guard let issuer = assertions.issuers[claims.iss] else { throw .invalidGrant("Invalid issuer") }
        guard assertion.isSigned(by: issuer.publicKey) else { throw .invalidGrant("Invalid JWT Signature.") }
        guard claims.aud == audience else { throw .invalidGrant("Invalid JWT: aud must be \(audience)") }
        guard assertion.isTimely(at: now, longest: Self.longestAssertion) else {
            throw .invalidGrant("Invalid JWT: it must be short-lived and of now; check iat and exp")
        }
        try takeOnce(claims, now)
        try checkDelegation(claims, issuer)
        return issueForAssertion(claims, issuer, now)
    }

    /// RFC 7519 §4.1.7: the issuer and the id together.
    private mutating func takeOnce(_ claims: SignedAssertion.Claims, _ now: Date) throws(OAuthFailure) {
        assertions.taken = assertions.taken.filter { $0.value > now }
        let name = claims.iss + "\u{0}" + claims.jti
        guard !claims.jti.isEmpty, assertions.taken[name] == nil else {
            throw .invalidGrant("Invalid JWT: this jti was used before")
        }
        assertions.taken[name] = Date(timeIntervalSince1970: TimeInterval(claims.exp))
    }

    private func checkDelegation(
        _ claims: SignedAssertion.Claims, _ issuer: AssertionIssuer
    ) throws(OAuthFailure) {
        guard let scope = claims.scope, !scope.isEmpty else { throw .invalidScope("scope is missing") }
        let subject = claims.sub ?? claims.iss
        let speaksForSubject = subject == claims.iss || issuer.subjects.isEmpty || issuer.subjects.contains(subject)
        guard speaksForSubject, ScopeText.allows(issuer.scopes, scope) else {
            throw OAuthFailure(
                code: "unauthorized_client", description: "Unauthorized client or scope in request.", status: 401)
        }
    }

    private mutating func issueForAssertion(
        _ claims: SignedAssertion.Claims, _ issuer: AssertionIssuer, _ now: Date
    ) -> TokenAnswer {
        let (text, scope) = (tokens.accessToken(), claims.scope ?? "")
        accessTokens[text] = AccessTokenRecord(
            family: nil, generation: 1, clientID: claims.iss, subject: claims.sub ?? claims.iss, scope: scope,
            issuedAt: now, expiresAt: now + TimeInterval(issuer.lifetime), parent: nil)
        return TokenAnswer(accessToken: text, lifetime: issuer.lifetime, refreshToken: nil, scope: scope)
    }
}

extension SimulatedProvider {
    /// Registers one who signs assertions, or replaces the one of that name.
    public func register(_ issuer: AssertionIssuer) {
        withState { state, _ in state.server.assertions.issuers[issuer.issuer] = issuer }
    }

    /// The ids of the assertions that were taken and could still come again.
    public var takenAssertions: Int { withState { state, _ in state.server.assertions.taken.count } }
}
