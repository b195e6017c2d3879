import ConnectorSDK
import Foundation
import HTTPTypes
import JWTKit
import Model
import Pipeline
import Testing

@testable import API

/// One token that must be refused, and why.
struct ForgedToken: Sendable, CustomTestStringConvertible {
    let name: String
    let refusal: CallerRefusal
    let token: String
    var testDescription: String { name }

    init(_ name: String, _ refusal: CallerRefusal, _ token: @autoclosure () throws -> String) {
        self.name = name
        self.refusal = refusal
        self.token = (try? token()) ?? "could not be made"
    }
}

@Suite struct CallerTests {
    private static func header(_ extra: [String: Any], without: String? = nil) -> [String: Any] {
        (["alg": "HS256", "typ": "JWT"] as [String: Any]).merging(extra) { _, new in new }.filter { $0.key != without }
    }

    private static func spliced(_ token: String, _ part: Int, _ change: (String) -> String) -> String {
        var parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        parts[part] = change(parts[part])
        return parts.joined(separator: ".")
    }

    private static func claims(_ name: String) -> CallerRefusal { .claims(name) }

    static let forged: [ForgedToken] = [
        ForgedToken("alg none", .algorithm, try Tokens.make(Tokens.user, header: ["alg": "none"])),
        ForgedToken("alg None", .algorithm, try Tokens.make(Tokens.user, header: ["alg": "None"])),
        ForgedToken(
            "alg none, no signature", .algorithm,
            try spliced(Tokens.make(Tokens.user, header: ["alg": "none"]), 2) { _ in "" }),
        ForgedToken("alg HS512", .algorithm, try Tokens.make(Tokens.user, header: ["alg": "HS512"])),
        ForgedToken("alg RS256", .algorithm, try Tokens.make(Tokens.user, header: ["alg": "RS256"])),
        ForgedToken("alg hs256", .algorithm, try Tokens.make(Tokens.user, header: ["alg": "hs256"])),
        ForgedToken("no alg", .algorithm, try Tokens.make(Tokens.user, header: ["typ": "JWT"])),
        ForgedToken("alg in a list", .algorithm, try Tokens.make(Tokens.user, header: ["alg": ["HS256"]])),
        ForgedToken("crit", .malformed, try Tokens.make(Tokens.user, header: header(["crit": ["exp"]]))),
        ForgedToken(
            "embedded jwk", .malformed,
            try Tokens.make(Tokens.user, header: header(["jwk": ["kty": "oct", "k": "AAAA"]]))),
        ForgedToken(
            "jku", .malformed, try Tokens.make(Tokens.user, header: header(["jku": "https://evil.example/keys"]))),
        ForgedToken("x5u", .malformed, try Tokens.make(Tokens.user, header: header(["x5u": "https://evil.example/c"]))),
        ForgedToken(
            "typ of another token", .malformed, try Tokens.make(Tokens.user, header: header(["typ": "logout+jwt"]))),
        ForgedToken(
            "kid with a path, key of another", .untrusted,
            try Tokens.make(Tokens.user, secret: "", header: header(["kid": "../../dev/null"]))),
        ForgedToken("unknown key", .untrusted, try Tokens.make(Tokens.user, secret: String(repeating: "x", count: 40))),
        ForgedToken(
            "changed payload", .untrusted,
            try spliced(Tokens.make(Tokens.user), 1) { _ in
                Tokens.base64URL(Data(#"{"orgId":"org-2","userId":"u-1","role":"admin","exp":1800000600}"#.utf8))
            }),
        ForgedToken("no signature", .untrusted, try spliced(Tokens.make(Tokens.user), 2) { _ in "" }),
        ForgedToken("cut signature", .untrusted, try spliced(Tokens.make(Tokens.user), 2) { String($0.dropLast(3)) }),
        ForgedToken("padded signature", .malformed, try Tokens.make(Tokens.user) + "="),
        ForgedToken("four parts", .malformed, try Tokens.make(Tokens.user) + ".AA"),
        ForgedToken("two parts", .malformed, "e30.e30"),
        ForgedToken("encrypted", .malformed, "e30.e30.e30.e30.e30"),
        ForgedToken("no base64url", .malformed, "{}.{}.{}"),
        ForgedToken("no JSON", .malformed, "AAAA.AAAA.AAAA"),
        ForgedToken("overlong", .malformed, try Tokens.make(Tokens.user(["pad": String(repeating: "p", count: 9000)]))),
        ForgedToken("empty", .malformed, ""),
        ForgedToken("no exp", claims("exp is missing"), try Tokens.make(Tokens.user(["exp": nil]))),
        ForgedToken(
            "exp as text", claims("exp must be a number"), try Tokens.make(Tokens.user(["exp": "\(Tokens.now + 600)"]))),
        ForgedToken("expired", .expired, try Tokens.make(Tokens.user(["exp": Tokens.now - 30]))),
        ForgedToken("not valid yet", .notYetValid, try Tokens.make(Tokens.user(["nbf": Tokens.now + 31]))),
        ForgedToken("issued in the future", .notYetValid, try Tokens.make(Tokens.user(["iat": Tokens.now + 31]))),
        ForgedToken("nbf as text", claims("nbf must be a number"), try Tokens.make(Tokens.user(["nbf": "now"]))),
        ForgedToken(
            "no organization", claims("orgId must be an id or a list of ids"),
            try Tokens.make(Tokens.user(["orgId": nil]))),
        ForgedToken(
            "empty organization", claims("orgId must be an id or a list of ids"),
            try Tokens.make(Tokens.user(["orgId": ""]))),
        ForgedToken(
            "no organization in the list", claims("orgId must be an id or a list of ids"),
            try Tokens.make(Tokens.user(["orgId": [String]()]))),
        ForgedToken(
            "organization as number", claims("orgId must be an id or a list of ids"),
            try Tokens.make(Tokens.user(["orgId": 7]))),
        ForgedToken("no user", claims("userId"), try Tokens.make(Tokens.user(["userId": nil]))),
        ForgedToken(
            "user named organization", claims("userId"), try Tokens.make(Tokens.user(["userId": "organization"]))),
        ForgedToken("user with a line break", claims("userId"), try Tokens.make(Tokens.user(["userId": "u\r\nadmin"]))),
        ForgedToken("no role", claims("role must be admin or member"), try Tokens.make(Tokens.user(["role": nil]))),
        ForgedToken(
            "unknown role", claims("role must be admin or member"), try Tokens.make(Tokens.user(["role": "root"]))),
        ForgedToken(
            "user token signed with the service key", claims("scopes must be a list of texts"),
            try Tokens.make(Tokens.user, secret: Tokens.serviceSecret)),
        ForgedToken(
            "service token signed with the user key", claims("userId"),
            try Tokens.make(Tokens.service)),
        ForgedToken(
            "scopes as text", claims("scopes must be a list of texts"),
            try Tokens.make(Tokens.service(["scopes": "token:read"]), secret: Tokens.serviceSecret)),
        ForgedToken(
            "no scopes", claims("scopes must be a list of texts"),
            try Tokens.make(Tokens.service(["scopes": nil]), secret: Tokens.serviceSecret)),
        ForgedToken(
            "scopes of numbers", claims("scopes must be a list of texts"),
            try Tokens.make(Tokens.service(["scopes": [1]]), secret: Tokens.serviceSecret)),
        ForgedToken(
            "connectors as text", claims("connectors must be a list of ids"),
            try Tokens.make(Tokens.service(["connectors": "github"]), secret: Tokens.serviceSecret)),
    ]

    @Test("forged callers are refused", arguments: forged)
    func forgedToken(_ forged: ForgedToken) async throws {
        let authenticator = try Tokens.authenticator()
        #expect(throws: forged.refusal) { try authenticator.claims(of: forged.token[...]) }
        // A refusal is not forgotten by asking twice.
        #expect(throws: forged.refusal) { try authenticator.claims(of: forged.token[...]) }
    }

    @Test func aUserIsKnown() async throws {
        let caller = try Tokens.authenticator().caller(of: bearer(Tokens.make(Tokens.user)), requestID: "r")
        #expect(
            caller
                == Caller(
                    organization: OrganizationID("org-1"), identity: .user(id: "u-1", role: .admin), requestID: "r",
                    validUntil: caller.validUntil))
        // `exp` and the leeway.
        #expect(caller.validUntil == Timestamp(milliseconds: 1_800_000_630_000))
    }

    @Test func aServiceIsKnownWithItsScopesAndConnectors() async throws {
        let claims = Tokens.service([
            "scopes": ["token:read", "from:the:future"], "connectors": ["github"], "serviceId": "sync",
        ])
        let token = try Tokens.make(claims, secret: Tokens.serviceSecret)
        let caller = try Tokens.authenticator().caller(of: bearer(token), requestID: "r")
        #expect(caller.identity == .service(id: "sync", scopes: [.tokenRead], connectors: ["github"]))
    }

    @Test("claims of the other kind count for nothing; a service needs no name")
    func onlyTheKeyTellsTheKind() async throws {
        let authenticator = try Tokens.authenticator()
        let user = try Tokens.make(Tokens.user(["scopes": ["token:read"]]))
        #expect(try authenticator.caller(of: bearer(user), requestID: "r").identity == .user(id: "u-1", role: .admin))
        let service = try Tokens.make(
            Tokens.service(["role": "admin", "userId": "u-9", "sub": nil, "scopes": ["token:read"]]),
            secret: Tokens.serviceSecret)
        #expect(
            try authenticator.caller(of: bearer(service), requestID: "r").identity
                == .service(id: "service", scopes: [.tokenRead], connectors: nil))
    }

    @Test func aTokenOfAnotherLibraryIsRead() async throws {
        struct Claims: JWTPayload {
            var orgId = "org-1"
            var userId = "u-1"
            var role = "member"
            var exp = ExpirationClaim(value: Date(timeIntervalSince1970: TimeInterval(Tokens.now + 60)))
            func verify(using algorithm: some JWTAlgorithm) async throws {}
        }
        let keys = await JWTKeyCollection().add(
            hmac: HMACKey(from: Tokens.userSecret), digestAlgorithm: .sha256, kid: "k")
        let token = try await keys.sign(Claims(), kid: "k")
        let caller = try Tokens.authenticator().caller(of: bearer(token), requestID: "r")
        #expect(caller.identity == .user(id: "u-1", role: .member))
    }

    @Test func theLeewayForgivesThirtySeconds() async throws {
        let authenticator = try Tokens.authenticator()
        #expect(throws: Never.self) {
            try authenticator.claims(of: Tokens.make(Tokens.user(["exp": Tokens.now - 29]))[...])
        }
        #expect(throws: Never.self) {
            try authenticator.claims(of: Tokens.make(Tokens.user(["nbf": Tokens.now + 30]))[...])
        }
    }

    @Test func issuerAndAudienceAreCheckedWhenSet() async throws {
        var configuration = Tokens.configuration
        configuration.issuer = "https://iam.example"
        configuration.audience = "token-manager"
        let authenticator = try Tokens.authenticator(configuration)
        func claims(_ changes: [String: Any?]) throws -> CallerClaims {
            try authenticator.claims(of: Tokens.make(Tokens.user(changes))[...])
        }
        #expect(throws: CallerRefusal.wrongIssuer) { try claims(["aud": "token-manager"]) }
        #expect(throws: CallerRefusal.wrongIssuer) {
            try claims(["iss": "https://iam.example/", "aud": "token-manager"])
        }
        #expect(throws: CallerRefusal.wrongAudience) { try claims(["iss": "https://iam.example"]) }
        #expect(throws: CallerRefusal.wrongAudience) { try claims(["iss": "https://iam.example", "aud": ["other"]]) }
        #expect(throws: Never.self) { try claims(["iss": "https://iam.example", "aud": ["other", "token-manager"]]) }
        #expect(throws: Never.self) { try claims(["iss": "https://iam.example", "aud": "token-manager"]) }
    }

    @Test func anExpiredTokenIsNotServedFromTheCache() async throws {
        let keys = try CallerKeys(user: Secret(Tokens.userSecret), service: nil)
        let clock = ManualTime(Tokens.now)
        let authenticator = CallerAuthenticator(keys: keys, configuration: Tokens.configuration, now: { clock.now })
        let token = try Tokens.make(Tokens.user)[...]
        _ = try authenticator.claims(of: token)
        clock.seconds = Tokens.now + 629
        _ = try authenticator.claims(of: token)
        clock.seconds = Tokens.now + 630
        #expect(throws: CallerRefusal.expired) { try authenticator.claims(of: token) }
    }

    @Test func theOrganizationIsOneOfTheCallers() async throws {
        let authenticator = try Tokens.authenticator()
        func organization(_ orgs: Any, named headers: String...) throws -> String {
            var fields = bearer(try Tokens.make(Tokens.user(["orgId": orgs])))
            for name in headers { fields.append(HTTPField(name: .organization, value: name)) }
            return try authenticator.caller(of: fields, requestID: "r").organization.description
        }
        #expect(try organization("a") == "a")
        #expect(try organization("a", named: "a") == "a")
        #expect(try organization(["a"]) == "a")
        #expect(try organization(["a", "b"], named: "b") == "b")
        expect(.invalidInput) { _ = try organization(["a", "b"]) }
        expect(.invalidInput) { _ = try organization(["a", "b"], named: "a", "b") }
        expect(.forbidden) { _ = try organization(["a", "b"], named: "c") }
        expect(.forbidden) { _ = try organization("a", named: "b") }
        expect(.forbidden) { _ = try organization("a", named: "") }
        expect(.invalidInput) { _ = try organization(["a", "b"], named: "") }
    }

    @Test(arguments: ["", "Basic dTpw", "Bearer", "Bearer  ", "bearer a b", "Bearer\ta"])
    func otherHeadersAreNoTokens(_ value: String) async throws {
        let authenticator = try Tokens.authenticator()
        expect(.unauthenticated) { _ = try authenticator.caller(of: [.authorization: value], requestID: "r") }
    }

    @Test func twoHeadersAreNoToken() async throws {
        let authenticator = try Tokens.authenticator()
        var fields = bearer(try Tokens.make(Tokens.user))
        fields.append(HTTPField(name: .authorization, value: "Bearer x"))
        expect(.unauthenticated) { _ = try authenticator.caller(of: fields, requestID: "r") }
        expect(.unauthenticated) { _ = try authenticator.caller(of: [:], requestID: "r") }
    }

    @Test func shortAndEqualSecretsAreRefusedAtStart() async throws {
        let short = Secret(String(repeating: "s", count: 31))
        let long = Secret(String(repeating: "l", count: 32))
        let userError = #expect(throws: APIConfigurationError.self) {
            try CallerKeys(user: short, service: long)
        }
        #expect(userError?.description.hasPrefix("JWT_SECRET has 31 bytes, at least 32 are needed") == true)
        let serviceError = #expect(throws: APIConfigurationError.self) {
            try CallerKeys(user: long, service: short)
        }
        #expect(serviceError?.description.hasPrefix("SCOPED_JWT_SECRET has 31 bytes") == true)
        let sameError = #expect(throws: APIConfigurationError.self) {
            try CallerKeys(user: long, service: long)
        }
        #expect(sameError?.description.contains(String(repeating: "l", count: 32)) == false)
        #expect(throws: Never.self) { try CallerKeys(user: long, service: nil) }
    }

    private func bearer(_ token: String) -> HTTPFields { [.authorization: "Bearer \(token)"] }
}
