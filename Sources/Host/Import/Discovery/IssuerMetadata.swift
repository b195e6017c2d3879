import ConnectorSDK

/// What an issuer says of itself (RFC 8414 §2): only what a definition can use, each member checked for its kind. The
/// text is a stranger's: URLs are parsed strictly, words are single visible words, everything has a limit.
struct IssuerMetadata: Hashable {
    /// Most words of a list.
    static let mostWords = 200

    let issuer: String
    let authorizationEndpoint: String?
    let tokenEndpoint: String?
    let revocationEndpoint: String?
    let introspectionEndpoint: String?
    let deviceAuthorizationEndpoint: String?
    /// Where clients with a certificate call instead (RFC 8705 §5): the members of that name.
    let certificateEndpoints: CertificateEndpoints
    let jwks: String?
    let documentation: String?
    /// Nil: not said, which means `client_secret_basic`.
    let authenticationMethods: [String]?
    let signingAlgorithms: [String]?
    /// Nil: not said.
    let challengeMethods: [String]?
    let grantTypes: [String]?
    let scopes: [String]
    /// Words that are no scopes, or beyond the limit.
    let droppedScopes: Int
    let requiresPushedRequests: Bool
    /// RFC 9207 §3: the callback always names the issuer.
    let namesItselfInCallbacks: Bool

    /// Reads a document and holds it against the issuer that was asked for (SECURITY 6).
    init(_ body: [UInt8], of address: MetadataAddress) throws(DiscoveryFailure) {
        guard let value = try? JSONReader.read(body), case .object(let members) = value else {
            throw DiscoveryFailure(.refused, "no JSON object of at most 1 MiB")
        }
        let reader = MetadataReader(members: members, allowsLoopback: address.isLoopback)
        guard let issuer = try reader.text("issuer") else { throw reader.refusal("issuer", "is missing") }
        guard issuer.unicodeScalars.elementsEqual(address.issuer.unicodeScalars) else {
            throw DiscoveryFailure(
                .refused,
                "its issuer is `\(CommentText.line(issuer))`, not `\(address.issuer)`; they must be the same to the last character (RFC 8414 §3.3)"
            )
        }
        self.issuer = issuer
        authorizationEndpoint = try reader.url("authorization_endpoint")
        tokenEndpoint = try reader.url("token_endpoint")
        revocationEndpoint = try reader.url("revocation_endpoint")
        introspectionEndpoint = try reader.url("introspection_endpoint")
        deviceAuthorizationEndpoint = try reader.url("device_authorization_endpoint")
        certificateEndpoints = try CertificateEndpoints(reader)
        jwks = try reader.url("jwks_uri")
        documentation = try? reader.url("service_documentation")
        authenticationMethods = try reader.words("token_endpoint_auth_methods_supported")
        signingAlgorithms = try reader.words("token_endpoint_auth_signing_alg_values_supported")
        challengeMethods = try reader.words("code_challenge_methods_supported")
        grantTypes = try reader.words("grant_types_supported")
        let named = try reader.words("scopes_supported") ?? []
        scopes = Array(named.filter(MetadataReader.isScope).prefix(Self.mostWords))
        droppedScopes = named.count - scopes.count
        requiresPushedRequests = try reader.flag("require_pushed_authorization_requests")
        namesItselfInCallbacks = try reader.flag("authorization_response_iss_parameter_supported")
    }
}

/// `mtls_endpoint_aliases`: only what a definition can use.
struct CertificateEndpoints: Hashable {
    var token: String?
    var revocation: String?
    var introspection: String?
    var deviceAuthorization: String?

    init(_ reader: MetadataReader) throws(DiscoveryFailure) {
        guard let aliases = try reader.object("mtls_endpoint_aliases") else { return }
        token = try aliases.url("token_endpoint")
        revocation = try aliases.url("revocation_endpoint")
        introspection = try aliases.url("introspection_endpoint")
        deviceAuthorization = try aliases.url("device_authorization_endpoint")
    }
}

/// Reads members by their kind.
struct MetadataReader {
    let members: [String: JSONValue]
    let allowsLoopback: Bool

    func text(_ name: String) throws(DiscoveryFailure) -> String? {
        switch members[name] {
        case nil, .null?: return nil
        case .string(let text)?: return text
        default: throw refusal(name, "is no text")
        }
    }

    /// An address that may be called: https, or this machine's where the issuer is this machine.
    func url(_ name: String) throws(DiscoveryFailure) -> String? {
        guard let text = try text(name) else { return nil }
        do {
            return try StrictURL(text, allowsLoopback: allowsLoopback).description
        } catch {
            let isPattern = !Template(text).placeholders.isEmpty
            let problem = isPattern ? "it holds a placeholder; discover one tenant's own issuer" : error.rawValue
            throw refusal(name, "is `\(CommentText.line(text))`: \(problem)")
        }
    }

    /// The members of an object.
    func object(_ name: String) throws(DiscoveryFailure) -> MetadataReader? {
        switch members[name] {
        case nil, .null?: return nil
        case .object(let members)?: return MetadataReader(members: members, allowsLoopback: allowsLoopback)
        default: throw refusal(name, "is no object")
        }
    }

    /// A list of words, each once, in its order.
    func words(_ name: String) throws(DiscoveryFailure) -> [String]? {
        switch members[name] {
        case nil, .null?: return nil
        case .array(let elements)?:
            var seen: Set<String> = []
            var words: [String] = []
            for element in elements {
                guard case .string(let word) = element else { throw refusal(name, "holds something that is no text") }
                if seen.insert(word).inserted { words.append(word) }
            }
            return words
        default: throw refusal(name, "is no list")
        }
    }

    func flag(_ name: String) throws(DiscoveryFailure) -> Bool {
        switch members[name] {
        case nil, .null?: return false
        case .bool(let flag)?: return flag
        default: throw refusal(name, "is neither true nor false")
        }
    }

    func refusal(_ name: String, _ problem: String) -> DiscoveryFailure {
        DiscoveryFailure(.refused, "its `\(name)` \(problem)")
    }

    /// RFC 6749 §3.3, of at most 256 characters.
    static func isScope(_ word: String) -> Bool {
        (1...256).contains(word.utf8.count)
            && word.utf8.allSatisfy {
                (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
            }
    }
}
