import ConnectorSDK

/// What metadata says, as answers to the questions of `connector new`, and what a reader of the definition must know.
struct MetadataTranslation {
    private(set) var answers = ConnectorAnswers()
    /// Lines above a key, by its path; each belongs to an answer made here.
    private(set) var comments: [String: [String]] = [:]
    private(set) var notes: [String] = []
    /// The algorithm of assertions, where RS256 is not among those that the provider takes.
    private(set) var algorithm: String?
    let metadata: IssuerMetadata
    let source: String

    /// - Parameter method: the client authentication that an option names; it counts more than metadata.
    init(_ metadata: IssuerMetadata, from source: String, method: String? = nil) throws(DiscoveryFailure) {
        self.metadata = metadata
        self.source = source
        grants()
        try authentication()
        endpoints(
            showsCertificate: (method ?? answers.authentication) == ClientRules.Authentication.tlsClientAuth.rawValue)
        proofKey()
        callback()
        scopes()
        limits()
    }

    /// The grants of format 1 by their names in metadata (RFC 8414 §2). `jwt_bearer` needs a subject and a key that no
    /// metadata tells of.
    private static let grantNames = [
        ("authorization_code", "authorization_code"), ("client_credentials", "client_credentials"),
        ("urn:ietf:params:oauth:grant-type:device_code", "device_code"),
        ("urn:ietf:params:oauth:grant-type:token-exchange", "token_exchange"),
    ]

    private mutating func grants() {
        // RFC 8414 §2: left out, it is authorization_code and implicit.
        let named = metadata.grantTypes ?? ["authorization_code", "refresh_token"]
        let known = Self.grantNames.filter { name, grant in
            named.contains(name) && (grant != "authorization_code" || metadata.authorizationEndpoint != nil)
                && (grant != "device_code" || metadata.deviceAuthorizationEndpoint != nil)
        }
        if !known.isEmpty { answers.grants = known.map(\.1).joined(separator: " ") }
        if !named.contains("refresh_token") {
            notes.append("The metadata lists no refresh_token grant: tokens may have to be asked for anew.")
        }
        if named.contains("urn:ietf:params:oauth:grant-type:jwt-bearer") {
            notes.append("The provider has the jwt_bearer grant as well: it needs `assertion`.")
        }
    }

    private mutating func endpoints(showsCertificate: Bool) {
        answers.documentation = metadata.documentation
        answers.authorizationEndpoint = metadata.authorizationEndpoint
        answers.tokenEndpoint = metadata.tokenEndpoint
        answers.deviceAuthorizationEndpoint = metadata.deviceAuthorizationEndpoint
        answers.revocationEndpoint = metadata.revocationEndpoint
        answers.introspectionEndpoint = metadata.introspectionEndpoint
        if showsCertificate { takeAliases(metadata.certificateEndpoints) }
        let home = Self.host(of: metadata.issuer)
        let named = Question.all.filter { $0.key.hasSuffix(".endpoint") }.map { ($0.key, answers[keyPath: $0.answer]) }
        for (key, url) in named + [("jwks", metadata.jwks)] {
            guard let host = url.flatMap(Self.host), host != home else { continue }
            comments[key] = ["Not the issuer's host, but the metadata names it."]
        }
    }

    /// RFC 8705 §5: a client that shows a certificate calls these instead.
    private mutating func takeAliases(_ aliases: CertificateEndpoints) {
        let all: [(WritableKeyPath<ConnectorAnswers, String?>, String?)] = [
            (\ConnectorAnswers.tokenEndpoint, aliases.token), (\.revocationEndpoint, aliases.revocation),
            (\.introspectionEndpoint, aliases.introspection),
            (\.deviceAuthorizationEndpoint, aliases.deviceAuthorization),
        ]
        let named = all.filter { $0.1 != nil }
        if named.isEmpty { return }
        for (answer, url) in named { answers[keyPath: answer] = url }
        notes.append(
            "The client shows a certificate: its endpoints are those of `mtls_endpoint_aliases`, where it names them (RFC 8705 §5)."
        )
    }

    private static func host(of url: String) -> String? { (try? StrictURL(url, allowsLoopback: true))?.host }

    /// A secret in the header before one in the body (RFC 6749 §2.3.1), both before what needs a key or certificate.
    private static let preferred: [ClientRules.Authentication] = [
        .clientSecretBasic, .clientSecretPost, .privateKeyJWT, .tlsClientAuth, .none,
    ]

    private mutating func authentication() throws(DiscoveryFailure) {
        let methods = metadata.authenticationMethods ?? [ClientRules.Authentication.clientSecretBasic.rawValue]
        guard let method = Self.preferred.first(where: { methods.contains($0.rawValue) }) else {
            let known = Self.preferred.map(\.rawValue).joined(separator: ", ")
            throw DiscoveryFailure(
                .refused, "the provider takes \(Self.list(methods)); format 1 has \(known)")
        }
        answers.authentication = method.rawValue
        comments["client.authentication"] = [
            metadata.authenticationMethods == nil
                ? "The metadata names no method, which means this one (RFC 8414 §2)."
                : "The metadata lists \(Self.list(methods))."
        ]
        let algorithms = metadata.signingAlgorithms ?? []
        if method == .privateKeyJWT, !algorithms.isEmpty, !algorithms.contains("RS256") {
            algorithm = ["ES256", "PS256", "EdDSA", "ES384", "PS384", "RS384"].first(where: algorithms.contains)
        }
    }

    private mutating func proofKey() {
        guard let methods = metadata.challengeMethods else {
            comments["authorization.endpoint", default: []].append(
                "The metadata does not speak of PKCE. S256 is sent: who does not know it ignores it (RFC 6749 §3.1).")
            return
        }
        if methods.contains("S256") { return }
        answers.pkce = "off"
        answers.pkceReason = "the metadata lists \(Self.list(methods)), not S256"
    }

    /// What a definition captures of `iss` is never left out: a callback without it is refused.
    private mutating func callback() {
        guard metadata.namesItselfInCallbacks else { return }
        comments["authorization.callback"] = ["The metadata says that it always comes (RFC 9207)."]
    }

    private mutating func scopes() {
        // OpenID Connect Core 1.0 §11: without it there is no refresh token.
        if metadata.scopes.contains("offline_access") {
            answers.alwaysScopes = "offline_access"
            comments["scopes.always"] = ["For a refresh token (OpenID Connect Core 1.0 §11)."]
        }
        if metadata.droppedScopes > 0 {
            notes.append("Of the scopes in the metadata \(metadata.droppedScopes) are no scopes, or too many to list.")
        }
    }

    private mutating func limits() {
        if metadata.requiresPushedRequests {
            notes.append(
                "The provider wants every authorization request pushed first (RFC 9126), which format 1 does not do: ask it to allow others for your client."
            )
        }
    }

    /// Words for a sentence: the first ten, on one line.
    private static func list(_ words: [String]) -> String {
        if words.isEmpty { return "nothing" }
        let more = words.count > 10 ? " and \(words.count - 10) more" : ""
        return CommentText.line(words.prefix(10).joined(separator: ", ")) + more
    }
}
