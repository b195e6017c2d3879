import ConnectorSDK
import Crypto
import HTTPTypes
import Model
import Pipeline

/// Finds out who calls. What a caller may do is decided behind the pipeline's door, not here.
struct CallerAuthenticator: Sendable {
    private let keys: CallerKeys
    /// Of a listener that asks for client certificates; nil: it does not.
    private let mutual: ListenerTLS?
    private let issuer: String?
    private let audience: String?
    private let leeway: Double
    private let now: @Sendable () -> Timestamp
    private let cache = CallerCache()

    /// - Parameters:
    ///   - tls: of the listener; nil: it has none.
    ///   - now: the wall clock; tokens are judged by it.
    init(
        keys: CallerKeys, configuration: APIConfiguration, tls: ListenerTLS? = nil,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.keys = keys
        mutual = tls?.callers == nil ? nil : tls
        issuer = configuration.issuer
        audience = configuration.audience
        leeway = configuration.leeway.inSeconds
        self.now = now
    }

    /// Who sends these headers. For a token of a key that is not known here the keys are fetched again first.
    /// - Throws: `unauthenticated`; `keys_unavailable` while no keys could be fetched at all; `invalid_input` or `forbidden`
    ///   for a wrong `X-Organization`.
    func admit(_ headers: HTTPFields, requestID: String) async throws(PipelineError) -> Caller {
        var found = claims(in: headers)
        if case .failure(.unknownKey) = found, let set = keys.set {
            await set.refreshForUnknownKey()
            guard set.current != nil else {
                throw PipelineError(
                    .keysUnavailable, "The keys that callers' tokens are judged by could not be fetched yet.",
                    retryAfter: CallerKeySet.pause)
            }
            found = claims(in: headers)
        }
        return try caller(found, headers, requestID)
    }

    /// The same by the keys that are known.
    func caller(of headers: HTTPFields, requestID: String) throws(PipelineError) -> Caller {
        try caller(claims(in: headers), headers, requestID)
    }

    private func caller(
        _ found: Result<CallerClaims, CallerRefusal>, _ headers: HTTPFields, _ requestID: String
    ) throws(PipelineError) -> Caller {
        switch found {
        case .failure(let refusal): throw PipelineError(.unauthenticated, refusal.detail)
        case .success(let claims):
            let organization = try Self.organization(of: claims, named: headers[values: .organization])
            return Caller(
                organization: organization, identity: claims.identity, requestID: requestID,
                validUntil: Self.time(claims.expires + leeway), belonging: claims.belonging)
        }
    }

    private func claims(in headers: HTTPFields) -> Result<CallerClaims, CallerRefusal> {
        do throws(CallerRefusal) {
            // Where certificates are asked for, each request needs one that is good now, also beside a token: the token
            // then says who calls, the certificate only that he may come here.
            if let own = try mutual.map({ tls throws(CallerRefusal) in try certificate(tls) }),
                !headers.contains(.authorization)
            {
                return .success(own)
            }
            return .success(try claims(of: try Self.token(in: headers)))
        } catch {
            return .failure(error)
        }
    }

    /// How long a caller may go on; nil: without end.
    func timeLeft(_ caller: Caller?) -> Duration? { caller?.validUntil.map { $0 - now() } }

    /// A time beyond the year 10000 is that year: the claim is any number.
    private static func time(_ seconds: Double) -> Timestamp {
        Timestamp(milliseconds: Int64(min(max(seconds, 0), 253_402_300_800) * 1000))
    }

    /// The same where a token says it that was verified before. Nil: `admit` knows more.
    func callerAtHand(_ headers: HTTPFields, requestID: String) -> Caller? {
        guard mutual == nil, let token = try? Self.token(in: headers),
            let claims = try? known(CallerCache.key(token))
        else { return nil }
        return try? caller(.success(claims), headers, requestID)
    }

    /// The claims of a token that is valid now.
    func claims(of token: Substring) throws(CallerRefusal) -> CallerClaims {
        let key = CallerCache.key(token)
        if let claims = try known(key) { return claims }
        let claims = try verified(token)
        try check(claims)
        cache.insert(claims, for: key)
        return claims
    }

    private func known(_ key: SHA256Digest) throws(CallerRefusal) -> CallerClaims? {
        guard let claims = cache[key], keys.areCurrent(for: claims) else { return nil }
        try check(claims)
        return claims
    }

    private func certificate(_ tls: ListenerTLS) throws(CallerRefusal) -> CallerClaims {
        guard let (shown, entry) = tls.peer(at: seconds) else { throw .certificate }
        return CallerClaims(shown, entry)
    }

    private var seconds: Double { Double(now().milliseconds) / 1000 }

    private func check(_ claims: CallerClaims) throws(CallerRefusal) {
        let time = seconds
        guard time < claims.expires + leeway else { throw .expired }
        guard time >= claims.notBefore - leeway else { throw .notYetValid }
    }

    private func verified(_ text: Substring) throws(CallerRefusal) -> CallerClaims {
        let token = try BearerToken(text, takesAsymmetric: keys.set != nil)
        let claims = try keys.claims(of: token)
        if let issuer, token.claims["iss"] != .string(issuer) { throw .wrongIssuer }
        if let audience, !Self.isMeant(audience, by: token.claims["aud"]) { throw .wrongAudience }
        return claims
    }

    private static func isMeant(_ audience: String, by claim: JSONValue?) -> Bool {
        switch claim {
        case .string(let one)?: one == audience
        case .array(let several)?: several.contains(.string(audience))
        default: false
        }
    }
}
