import ConnectorSDK
import HTTPTypes
import Model
import Pipeline

/// Finds out who calls. What a caller may do is decided behind the pipeline's door, not here.
struct CallerAuthenticator: Sendable {
    private let keys: CallerKeys
    private let issuer: String?
    private let audience: String?
    private let leeway: Double
    private let now: @Sendable () -> Timestamp
    private let cache = CallerCache()

    /// - Parameter now: the wall clock; tokens are judged by it.
    init(keys: CallerKeys, configuration: APIConfiguration, now: @escaping @Sendable () -> Timestamp) {
        self.keys = keys
        issuer = configuration.issuer
        audience = configuration.audience
        leeway = configuration.leeway.inSeconds
        self.now = now
    }

    /// - Throws: `unauthenticated`; `invalid_input` or `forbidden` for a wrong `X-Organization`.
    func caller(of headers: HTTPFields, requestID: String) throws(PipelineError) -> Caller {
        let claims: CallerClaims
        do {
            claims = try self.claims(of: try Self.token(in: headers))
        } catch {
            throw PipelineError(.unauthenticated, error.detail)
        }
        let organization = try Self.organization(of: claims, named: headers[values: .organization])
        return Caller(
            organization: organization, identity: claims.identity, requestID: requestID,
            validUntil: Self.time(claims.expires + leeway))
    }

    /// How long a caller may go on; nil: without end.
    func timeLeft(_ caller: Caller?) -> Duration? { caller?.validUntil.map { $0 - now() } }

    /// A time beyond the year 10000 is that year: the claim is any number.
    private static func time(_ seconds: Double) -> Timestamp {
        Timestamp(milliseconds: Int64(min(max(seconds, 0), 253_402_300_800) * 1000))
    }

    /// The claims of a token that is valid now.
    func claims(of token: Substring) throws(CallerRefusal) -> CallerClaims {
        let key = CallerCache.key(token)
        if let claims = cache[key] {
            try check(claims)
            return claims
        }
        let claims = try verified(token)
        try check(claims)
        cache.insert(claims, for: key)
        return claims
    }

    private func check(_ claims: CallerClaims) throws(CallerRefusal) {
        let time = Double(now().milliseconds) / 1000
        guard time < claims.expires + leeway else { throw .expired }
        guard time >= claims.notBefore - leeway else { throw .notYetValid }
    }

    private func verified(_ text: Substring) throws(CallerRefusal) -> CallerClaims {
        let token = try BearerToken(text)
        guard let kind = keys.kind(of: token.signature, signing: token.signed) else { throw .untrusted }
        if let issuer, token.claims["iss"] != .string(issuer) { throw .wrongIssuer }
        if let audience, !Self.isMeant(audience, by: token.claims["aud"]) { throw .wrongAudience }
        return try CallerClaims(token.claims, kind: kind)
    }

    private static func token(in headers: HTTPFields) throws(CallerRefusal) -> Substring {
        let values = headers[values: .authorization]
        guard let value = values.first else { throw .missing }
        // What nearly all callers send, by bytes: looking for characters in a token costs more than all the rest.
        let rest = value.utf8.dropFirst(7)
        if values.count == 1, value.utf8.starts(with: "Bearer ".utf8), !rest.isEmpty,
            !rest.contains(UInt8(ascii: " "))
        {
            return Substring(rest)
        }
        let words = value.utf8.split(separator: UInt8(ascii: " "))
        guard values.count == 1, words.count == 2, Substring(words[0]).lowercased() == "bearer" else {
            throw .malformed
        }
        return Substring(words[1])
    }

    private static func isMeant(_ audience: String, by claim: JSONValue?) -> Bool {
        switch claim {
        case .string(let one)?: one == audience
        case .array(let several)?: several.contains(.string(audience))
        default: false
        }
    }

    /// The organization that the call is about: the caller's only one, or the one it names among its own.
    private static func organization(
        of claims: CallerClaims, named headers: [String]
    ) throws(PipelineError) -> OrganizationID {
        guard headers.count <= 1 else { throw .invalid("X-Organization", "given twice") }
        if let name = headers.first {
            guard let own = claims.organizations.first(where: { $0.description == name }) else {
                throw PipelineError(
                    .forbidden, "The caller does not belong to the organization that X-Organization names.")
            }
            return own
        }
        guard claims.organizations.count == 1 else {
            throw .invalid("X-Organization", "the caller belongs to several organizations: name one")
        }
        return claims.organizations[0]
    }
}
