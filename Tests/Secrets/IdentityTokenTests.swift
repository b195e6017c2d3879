import ConnectorSDK
import Crypto
import CryptoExtras
import Foundation
import Model
import Testing

@testable import Secrets

/// OpenID Connect Core §3.1.3.7 (SECURITY.md line 7).
@Suite struct IdentityTokenTests {
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)
    private static let ec = P256.Signing.PrivateKey()
    private static let rsa = try? _RSA.Signing.PrivateKey(pemRepresentation: TestKeys.rsaPKCS8)

    private static let keys: VerificationKeys? = {
        let point = ec.publicKey.x963Representation.dropFirst()
        guard let primitives = try? rsa?.publicKey.getKeyPrimitives() else { return nil }
        let set: [String: Any] = [
            "keys": [
                [
                    "kty": "EC", "crv": "P-256", "kid": "ec", "use": "sig", "alg": "ES256",
                    "x": Data(point.prefix(32)).base64URL, "y": Data(point.suffix(32)).base64URL,
                ],
                [
                    "kty": "RSA", "kid": "rsa", "n": primitives.modulus.base64URL,
                    "e": primitives.publicExponent.base64URL,
                ],
                ["kty": "oct", "kid": "shared", "k": "c2VjcmV0"],
                ["kty": "RSA", "kid": "broken", "n": "AA", "e": "AQAB"],
            ]
        ]
        return (try? JSONSerialization.data(withJSONObject: set)).flatMap { VerificationKeys($0) }
    }()

    private static let expectation = IdentityToken.Expectation(
        issuer: "https://issuer.example", clientID: "client-1", nonce: "n-1", receivedAt: now)

    private static var claims: [String: any Sendable] {
        [
            "iss": "https://issuer.example", "aud": "client-1", "sub": "u-1", "nonce": "n-1",
            "exp": 1_700_000_600, "iat": 1_700_000_000,
        ]
    }

    private static func token(
        header: [String: any Sendable] = [:], claims change: [String: any Sendable] = [:], without: [String] = [],
        named id: String? = "ec", sign: (Data) throws -> Data = { try ec.signature(for: $0).rawRepresentation }
    ) throws -> Secret {
        var claims = claims.merging(change) { $1 }
        for name in without { claims[name] = nil }
        var base: [String: any Sendable] = ["alg": "ES256"]
        base["kid"] = id
        let header = base.merging(header) { $1 }
        let parts = try [header, claims].map { try JSONSerialization.data(withJSONObject: $0).base64URL }
        let signed = parts.joined(separator: ".")
        return Secret(signed + "." + (try sign(Data(signed.utf8)).base64URL))
    }

    private static func verify(_ token: Secret, nonce: String? = "n-1") throws {
        var expectation = expectation
        expectation.nonce = nonce
        try IdentityToken(token).verify(with: try #require(keys), as: expectation)
    }

    @Test("good ones: ES256, RS256, PS256, several audiences with azp, no nonce asked for") func good() throws {
        try Self.verify(try Self.token())
        try Self.verify(try Self.token(claims: ["aud": ["other", "client-1"], "azp": "client-1"]))
        try Self.verify(try Self.token(without: ["nonce"]), nonce: nil)
        let rsa = try #require(Self.rsa)
        try Self.verify(
            try Self.token(header: ["alg": "RS256", "kid": "rsa"]) {
                try rsa.signature(for: SHA256.hash(data: $0), padding: .insecurePKCS1v1_5).rawRepresentation
            })
        try Self.verify(
            try Self.token(header: ["alg": "PS256", "kid": "rsa"]) {
                try rsa.signature(for: SHA256.hash(data: $0), padding: .PSS).rawRepresentation
            })
    }

    struct Forged: Sendable, CustomStringConvertible {
        let description: String
        let refusal: IdentityToken.Refusal
        var header: [String: any Sendable] = [:]
        var claims: [String: any Sendable] = [:]
        var without: [String] = []
        var signature: Data?
    }

    static let forged: [Forged] = [
        Forged(description: "alg none", refusal: .algorithm, header: ["alg": "none"], signature: Data()),
        Forged(
            description: "HS256 with the public key", refusal: .algorithm, header: ["alg": "HS256", "kid": "rsa"],
            signature: Data(repeating: 7, count: 32)),
        Forged(description: "unknown kid", refusal: .unknownKey, header: ["kid": "new"]),
        Forged(description: "a symmetric key's kid", refusal: .unknownKey, header: ["kid": "shared"]),
        Forged(description: "another key's algorithm", refusal: .unknownKey, header: ["alg": "RS256"]),
        Forged(description: "embedded jwk", refusal: .header, header: ["jwk": ["kty": "EC"]]),
        Forged(description: "jku", refusal: .header, header: ["jku": "https://evil.example/keys"]),
        Forged(description: "x5u", refusal: .header, header: ["x5u": "https://evil.example/chain"]),
        Forged(description: "crit", refusal: .header, header: ["crit": ["exp"]]),
        Forged(description: "another signature", refusal: .signature, signature: Data(repeating: 1, count: 64)),
        Forged(description: "wrong iss", refusal: .issuer, claims: ["iss": "https://issuer.example/"]),
        Forged(description: "wrong aud", refusal: .audience, claims: ["aud": "client-2"]),
        Forged(description: "wrong azp", refusal: .authorizedParty, claims: ["azp": "client-2"]),
        Forged(
            description: "several audiences, no azp", refusal: .authorizedParty, claims: ["aud": ["client-1", "b"]]),
        Forged(description: "wrong nonce", refusal: .nonce, claims: ["nonce": "n-2"]),
        Forged(description: "no nonce", refusal: .nonce, without: ["nonce"]),
        Forged(description: "expired", refusal: .expired, claims: ["exp": 1_699_999_900]),
        Forged(description: "no exp", refusal: .expired, without: ["exp"]),
        Forged(description: "exp as a text", refusal: .expired, claims: ["exp": "1700000600"]),
        Forged(description: "future iat", refusal: .issuedAt, claims: ["iat": 1_700_000_100]),
        Forged(description: "future nbf", refusal: .issuedAt, claims: ["nbf": 1_700_000_100]),
        Forged(description: "no sub", refusal: .subject, without: ["sub"]),
    ]

    @Test("SECURITY 7: forged ID tokens are refused", arguments: forged) func forgery(_ forged: Forged) throws {
        let token = try Self.token(header: forged.header, claims: forged.claims, without: forged.without) { input in
            try forged.signature ?? Self.ec.signature(for: input).rawRepresentation
        }
        #expect(throws: forged.refusal) { try Self.verify(token) }
    }

    @Test("what is no JWT is malformed", arguments: ["", "a.b", "a.b.c.d", "e30.e30.!", "e30.W10.", "x.e30.AA"])
    func malformed(text: String) {
        #expect(throws: IdentityToken.Refusal.malformed) { try IdentityToken(Secret(text)) }
    }

    @Test("without a kid the one key that fits verifies, and of two that fit none does") func withoutID() throws {
        var unnamed = try #require(Self.keys)
        let token = try Self.token(without: [], named: nil)
        try IdentityToken(token).verify(with: unnamed, as: Self.expectation)
        let point = Self.ec.publicKey.x963Representation.dropFirst()
        let (x, y) = (Data(point.prefix(32)).base64URL, Data(point.suffix(32)).base64URL)
        let key = #"{"kty":"EC","crv":"P-256","x":"\#(x)","y":"\#(y)"}"#
        unnamed = try #require(VerificationKeys(Data(#"{"keys":[\#(key),\#(key)]}"#.utf8)))
        #expect(throws: IdentityToken.Refusal.unknownKey) {
            try IdentityToken(token).verify(with: unnamed, as: Self.expectation)
        }
        #expect(VerificationKeys(Data("[]".utf8)) == nil)
    }
}
