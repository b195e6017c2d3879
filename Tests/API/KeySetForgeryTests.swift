import CryptoExtras
import Foundation
import HTTPTypes
import Pipeline
import Testing

@testable import API

/// Asymmetric callers' tokens (SECURITY.md line 7, for callers).
@Suite struct KeySetForgeryTests {
    static let configuration: APIConfiguration = {
        var configuration = Tokens.configuration
        configuration.issuer = "https://iam.example"
        configuration.audience = "token-manager"
        return configuration
    }()

    static func user(_ changes: [String: Any?] = [:]) -> [String: Any] {
        Tokens.user(["iss": "https://iam.example", "aud": "token-manager"].merging(changes) { $1 })
    }

    private static func issuer() throws -> TestIssuer { try TestIssuer.shared.get() }

    /// HS256 over what everybody can read.
    private static func symmetric(_ secret: String) throws -> String {
        try Tokens.make(user(), secret: secret, header: ["alg": "HS256", "typ": "JWT", "kid": "rsa"])
    }

    /// Without the last byte: what is left is base64url all the same.
    private static func cut(_ token: String) -> String { String(token.dropLast(2)) }

    static let forged: [ForgedToken] = [
        ForgedToken("none", .algorithm, try issuer().token(user(), "none")),
        ForgedToken(
            "none without signature", .algorithm,
            try issuer().token(user(), "none").split(separator: ".").prefix(2).joined(separator: ".") + "."),
        ForgedToken("HS256 with the key's PEM", .untrusted, try symmetric(issuer().rsa.publicKey.pemRepresentation)),
        ForgedToken(
            "HS256 with the JWK's bytes", .untrusted,
            try symmetric(
                String(
                    decoding: JSONSerialization.data(withJSONObject: issuer().keys()["rsa"] ?? [:]), as: UTF8.self))),
        ForgedToken(
            "HS384 with the key's PEM", .algorithm,
            try Tokens.make(user(), secret: issuer().rsa.publicKey.pemRepresentation, header: ["alg": "HS384"])),
        ForgedToken("unknown kid", .unknownKey, try issuer().token(user(), "RS256", "rotated")),
        ForgedToken("kid that is no text", .malformed, try issuer().token(user(), header: ["kid": 7])),
        ForgedToken("no kid where several keys fit", .unknownKey, try issuer().token(user(), "RS256", nil)),
        ForgedToken(
            "embedded jwk", .malformed,
            try issuer().token(user(), header: ["jwk": ["kty": "RSA"]], by: issuer().stranger)),
        ForgedToken("jku", .malformed, try issuer().token(user(), header: ["jku": "https://evil.example/jwks"])),
        ForgedToken("x5u", .malformed, try issuer().token(user(), header: ["x5u": "https://evil.example/chain"])),
        ForgedToken("x5c", .malformed, try issuer().token(user(), header: ["x5c": ["AAAA"]])),
        ForgedToken("crit", .malformed, try issuer().token(user(), header: ["crit": ["exp"]])),
        ForgedToken("wrong issuer", .wrongIssuer, try issuer().token(user(["iss": "https://iam.example/"]))),
        ForgedToken("no issuer", .wrongIssuer, try issuer().token(user(["iss": nil]))),
        ForgedToken("wrong audience", .wrongAudience, try issuer().token(user(["aud": "another-service"]))),
        ForgedToken("no audience", .wrongAudience, try issuer().token(user(["aud": nil]))),
        ForgedToken("expired", .expired, try issuer().token(user(["exp": Tokens.now - 30]))),
        ForgedToken("no exp", .claims("exp is missing"), try issuer().token(user(["exp": nil]))),
        ForgedToken("issued in the future", .notYetValid, try issuer().token(user(["iat": Tokens.now + 31]))),
        ForgedToken("not valid yet", .notYetValid, try issuer().token(user(["nbf": Tokens.now + 31]))),
        ForgedToken("ES256 with an RSA key's kid", .unknownKey, try issuer().token(user(), "ES256", "rsa")),
        ForgedToken("ES256 with the P-384 key's kid", .unknownKey, try issuer().token(user(), "ES256", "p384")),
        ForgedToken("RS256 with the Ed25519 key's kid", .unknownKey, try issuer().token(user(), "RS256", "ed25519")),
        ForgedToken("PS256 where the key says RS256", .unknownKey, try issuer().token(user(), "PS256", "only-rs256")),
        ForgedToken("PS256 under RS256", .unknownKey, try mislabelled()),
        ForgedToken("another RSA key", .unknownKey, try issuer().token(user(), by: issuer().stranger)),
        ForgedToken("cut signature", .unknownKey, try cut(issuer().token(user()))),
        ForgedToken("a key for encryption", .unknownKey, try issuer().token(user(), "RS256", "encryption")),
        ForgedToken("a key of 1024 bits", .unknownKey, try issuer().token(user(), "RS256", "weak", by: issuer().weak)),
        ForgedToken("a symmetric key's kid", .unknownKey, try issuer().token(user(), "RS256", "shared")),
        ForgedToken("role and scopes", both, try issuer().token(user(["scopes": ["token:read"]]))),
        ForgedToken("scopes and role", both, try issuer().token(Tokens.service(["role": "admin"]))),
        ForgedToken("neither role nor scopes", both, try issuer().token(user(["role": nil]))),
    ]

    private static let both = CallerRefusal.claims(
        "a service token has scopes, a user token userId and role, and none has both")

    private static func mislabelled() throws -> String {
        let real = try issuer().token(user(), "PS256")
        let parts = try issuer().token(user(), "RS256").split(separator: ".").prefix(2)
        return parts.joined(separator: ".") + "." + (real.split(separator: ".").last ?? "")
    }

    @Test("SECURITY 7: forged tokens of a key set are refused", arguments: forged)
    func forgery(_ forged: ForgedToken) async throws {
        let set = TestKeySet(try Self.issuer().keySet())
        let authenticator = try await set.authenticator(Self.configuration)
        #expect(throws: forged.refusal) { try authenticator.claims(of: forged.token[...]) }
        // All have the same shape for the sender, after the keys were fetched again too.
        for _ in 0..<2 {
            let error = await #expect(throws: PipelineError.self) {
                _ = try await authenticator.admit([.authorization: "Bearer \(forged.token)"], requestID: "r")
            }
            #expect(error?.code == .unauthenticated)
        }
    }

    @Test(
        "every algorithm with the key that fits it",
        arguments: [
            ("RS256", "rsa"), ("RS384", "rsa"), ("RS512", "rsa"), ("PS256", "rsa"), ("PS384", "rsa"), ("PS512", "rsa"),
            ("ES256", "p256"), ("ES384", "p384"), ("ES512", "p521"), ("EdDSA", "ed25519"), ("RS256", "only-rs256"),
        ])
    func good(_ algorithm: String, _ id: String) async throws {
        let authenticator = try await TestKeySet(try Self.issuer().keySet()).authenticator(Self.configuration)
        let token = try Self.issuer().token(Self.user(), algorithm, id)
        #expect(try authenticator.claims(of: token[...]).identity == .user(id: "u-1", role: .admin))
    }

    @Test("services have scopes; without a kid the only key that fits counts") func services() async throws {
        let authenticator = try await TestKeySet(try Self.issuer().keySet()).authenticator()
        let token = try Self.issuer().token(Tokens.service, "ES256", nil)
        #expect(
            try authenticator.claims(of: token[...]).identity
                == .service(id: "worker", scopes: [.tokenRead, .tokenRefresh], connectors: nil))
    }

    @Test("shared secrets work beside a key set, and without one no asymmetric token is taken")
    func both() async throws {
        let authenticator = try await TestKeySet(try Self.issuer().keySet()).authenticator()
        #expect(try authenticator.claims(of: Tokens.make(Tokens.user)[...]).keySet == nil)
        let without = try Tokens.authenticator()
        #expect(throws: CallerRefusal.algorithm) { try without.claims(of: Self.issuer().token()[...]) }
    }
}
