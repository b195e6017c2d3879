import ConnectorSDK
import Crypto
import CryptoExtras
import Foundation
import Model
import Testing

@testable import Secrets

@Suite struct AssertionTests {
    /// A form of a key, the algorithm asked for, the one expected.
    struct Case: CustomTestStringConvertible {
        let key: String
        let asked: String?
        let expected: String
        let form: String
        var testDescription: String { "\(form) \(asked ?? "-")" }
    }

    static let cases = [
        Case(key: TestKeys.rsaPKCS8, asked: nil, expected: "RS256", form: "PKCS8"),
        Case(key: TestKeys.rsaPKCS1, asked: nil, expected: "RS256", form: "PKCS1"),
        Case(key: TestKeys.rsaPKCS8.replacing("\n", with: "\\n"), asked: nil, expected: "RS256", form: "PKCS8 escaped"),
        Case(key: TestKeys.rsaPKCS8, asked: "RS384", expected: "RS384", form: "PKCS8"),
        Case(key: TestKeys.rsaPKCS8, asked: "RS512", expected: "RS512", form: "PKCS8"),
        Case(key: TestKeys.rsaPKCS8, asked: "PS256", expected: "PS256", form: "PKCS8"),
        Case(key: TestKeys.rsaJWK, asked: nil, expected: "RS384", form: "RSA JWK"),
        Case(key: TestKeys.rsaJWK, asked: "RS256", expected: "RS256", form: "RSA JWK"),
        Case(key: TestKeys.ecSEC1, asked: nil, expected: "ES256", form: "SEC1"),
        Case(key: TestKeys.ecPKCS8, asked: "ES256", expected: "ES256", form: "EC PKCS8"),
        Case(key: TestKeys.ecJWK, asked: nil, expected: "ES256", form: "EC JWK"),
    ]

    @Test("a key is judged before it is kept: what it is, and whether it fits the algorithm")
    func keyCheck() {
        func problem(_ key: String, _ algorithm: String?) -> String? {
            SigningKeyCheck.problem(with: Secret(key), named: "private_key", for: algorithm)
        }
        for key in [TestKeys.rsaPKCS8, TestKeys.rsaPKCS1, TestKeys.ecSEC1, TestKeys.ecPKCS8, TestKeys.ecJWK] {
            #expect(problem(key, nil) == nil)
        }
        #expect(problem(TestKeys.rsaPKCS8, "PS256") == nil && problem(TestKeys.ecPKCS8, "ES256") == nil)
        #expect(problem(TestKeys.rsaPKCS8, "ES256")?.contains("another type") == true)
        #expect(problem(TestKeys.ecPKCS8, "RS256")?.contains("another type") == true)
        #expect(problem("nope", nil)?.contains("`private_key`") == true)
    }

    @Test(arguments: cases) func `SECURITY 16: every form of key signs what its public key verifies`(_ case: Case)
        throws
    {
        let jwt = try sign(Self.assertion(algorithm: `case`.asked), key: `case`.key)
        #expect(try jwt.header["alg"] as? String == `case`.expected)
        #expect(try jwt.isValid(`case`.expected))
        var forged = jwt
        forged.input = jwt.input.dropLast() + (jwt.input.last == "A" ? "B" : "A")
        #expect(try !forged.isValid(`case`.expected))
    }

    @Test func `RS256 makes the signature that openssl makes`() throws {
        let key = try SigningKey(Secret(TestKeys.rsaPKCS1), named: "client_private_key")
        let signature = try key.sign(Data("header.payload".utf8), .rs256)
        #expect(signature.base64URL == TestKeys.opensslSignature)
    }

    @Test func `SECURITY 16: audience, five minutes at most, and an id of its own`() throws {
        let first = try sign(Self.assertion(lifetime: .seconds(3600)), key: TestKeys.ecJWK)
        let second = try sign(Self.assertion(lifetime: .seconds(60)), key: TestKeys.ecJWK)
        let claims = try first.claims
        #expect(claims["aud"] as? String == "https://issuer.example/")
        #expect(claims["iss"] as? String == "client")
        #expect(claims["sub"] as? String == "user@example.com")
        #expect(claims["iat"] as? Int == 1_700_000_000)
        #expect(claims["exp"] as? Int == 1_700_000_300)
        #expect(claims["scope"] as? String == "a b")
        #expect(try second.claims["exp"] as? Int == 1_700_000_060)
        let ids = try [first, second].map { try #require(try $0.claims["jti"] as? String) }
        #expect(ids[0] != ids[1])
        #expect(ids.allSatisfy { $0.utf8.count >= 22 })
    }

    @Test func `The header carries what the definition says, the key's own id, and JWT as its type`() throws {
        let own = try sign(Self.assertion(), key: TestKeys.ecJWK).header
        #expect(own["kid"] as? String == "key-2")
        #expect(own["typ"] as? String == "JWT")
        let given = try sign(Self.assertion(header: ["kid": "mine", "x5t": "abc"]), key: TestKeys.ecJWK).header
        #expect(given["kid"] as? String == "mine")
        #expect(given["x5t"] as? String == "abc")
    }

    @Test func `Issuer, subject, header and claims may name secrets, which are filled in before signing`() throws {
        let assertion = Assertion(
            audience: "https://issuer.example/", issuer: .secret("account"), subject: .secret("account"),
            lifetime: .seconds(60), header: ["kid": Value(parts: [.text("k-"), .secret("account")])],
            claims: ["robot": .value(.secret("account"))], key: "client_private_key")
        let resolver = ValueResolver(
            secrets: ["client_private_key": Secret(TestKeys.ecJWK), "account": Secret("robot@example.com")],
            now: Timestamp(milliseconds: 1_700_000_000_500))
        let token = try SignedToken(resolver.resolve(Value(parts: [.assertion(assertion)])).reveal())
        let claims = try token.claims
        for name in ["iss", "sub", "robot"] { #expect(claims[name] as? String == "robot@example.com") }
        #expect(try token.header["kid"] as? String == "k-robot@example.com")
        let missing = ValueResolver(
            secrets: ["client_private_key": Secret(TestKeys.ecJWK)], now: Timestamp(milliseconds: 0))
        let error = #expect(throws: SecretsError.self) {
            try missing.resolve(Value(parts: [.assertion(assertion)]))
        }
        #expect(error?.code == .missingSecret)
    }

    @Test func `Claims may be any JSON, with what it names filled in and numbers as they were written`() throws {
        let tree: ProviderRequest.JSONTree = .object([
            .init("flag", .literal(.bool(true))), .init("ids", .array([.literal(.number("1.50")), "a/b\""])),
            .init("none", .literal(.null)),
            .init("key", .value(Value(parts: [.text("k-"), .secret("client_private_key")]))),
        ])
        let jwt = try sign(Self.assertion(claims: ["more": tree]), key: TestKeys.ecJWK)
        let more = try #require(try jwt.claims["more"] as? [String: Any])
        #expect(more["flag"] as? Bool == true && more["none"] is NSNull)
        #expect((more["ids"] as? [Any])?.last as? String == "a/b\"")
        #expect(more["key"] as? String == "k-" + TestKeys.ecJWK)
        #expect(try jwt.text(1).contains("[1.50,"))
    }

    @Test(arguments: ["iss", "sub", "aud", "iat", "exp", "nbf", "jti"])
    func `SECURITY 16: a definition cannot set the claim`(_ name: String) {
        let error = #expect(throws: SecretsError.self) {
            try sign(Self.assertion(claims: [name: "x"]), key: TestKeys.ecJWK)
        }
        #expect(error?.code == .unusableAssertion)
    }

    @Test(arguments: ["alg", "jwk", "jku", "x5u"]) func `A definition cannot set the header`(_ name: String) {
        #expect(throws: SecretsError.self) { try sign(Self.assertion(header: [name: "none"]), key: TestKeys.ecJWK) }
    }

    /// A key, the algorithm asked for, what the error must say.
    struct Unusable: CustomTestStringConvertible {
        let key: String
        var algorithm: String?
        let why: String
        var testDescription: String { "\(why) \(algorithm ?? "-")" }
    }

    static let unusable = [
        Unusable(key: "", why: "neither a PEM"),
        Unusable(key: "canary", why: "neither a PEM"),
        Unusable(key: "{", why: "not a JSON object"),
        Unusable(key: #"{"kty": "oct", "k": "canary"}"#, why: "kty"),
        Unusable(key: #"{"kty": "EC", "crv": "P-384", "d": "AA"}"#, why: "P-256"),
        Unusable(key: #"{"kty": "RSA", "n": "AA"}"#, why: "without a usable `e`"),
        Unusable(key: TestKeys.ecJWK, algorithm: "RS256", why: "another type"),
        Unusable(key: TestKeys.rsaPKCS8, algorithm: "ES256", why: "another type"),
        Unusable(key: TestKeys.rsaPKCS8, algorithm: "none", why: "known are"),
        Unusable(key: TestKeys.rsaPKCS8, algorithm: "HS256", why: "known are"),
        Unusable(key: pem("ENCRYPTED PRIVATE KEY"), why: "passphrase"),
        Unusable(key: pem("PRIVATE KEY"), why: "cannot be read"),
    ]

    private static func pem(_ label: String) -> String { "-----BEGIN \(label)-----\ncanary\n-----END \(label)-----" }

    @Test(arguments: unusable) func `A key that cannot sign is explained without being shown`(_ case: Unusable) {
        let error = #expect(throws: SecretsError.self) {
            try sign(Self.assertion(algorithm: `case`.algorithm), key: `case`.key)
        }
        #expect(error?.code == .unusableSigningKey)
        #expect(error?.description.contains(`case`.why) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("`client_private_key`") == true)
        #expect(error?.description.contains("canary") == false)
    }

    private static func assertion(
        lifetime: Duration = .seconds(300), algorithm: String? = nil, header: [String: Value] = [:],
        claims: [String: ProviderRequest.JSONTree] = ["scope": "a b"]
    ) -> Assertion {
        Assertion(
            audience: "https://issuer.example/", issuer: "client", subject: "user@example.com", lifetime: lifetime,
            algorithm: algorithm, header: header, claims: claims, key: "client_private_key")
    }

    private func sign(_ assertion: Assertion, key: String) throws -> SignedToken {
        let resolver = ValueResolver(
            secrets: ["client_private_key": Secret(key)], now: Timestamp(milliseconds: 1_700_000_000_500))
        return try SignedToken(resolver.resolve(Value(parts: [.assertion(assertion)])).reveal())
    }
}

/// A JWT taken apart, and verified with the public halves of the test keys.
private struct SignedToken {
    var input: String
    let signature: Data

    init(_ text: String) throws {
        let parts = text.split(separator: ".").map(String.init)
        try #require(parts.count == 3)
        input = parts[0] + "." + parts[1]
        signature = try #require(Data(base64URL: parts[2]))
    }

    var header: [String: Any] { get throws { try member(0) } }
    var claims: [String: Any] { get throws { try member(1) } }

    private func member(_ index: Int) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text(index).utf8)) as? [String: Any])
    }

    /// A half of what is signed, as it was written.
    func text(_ index: Int) throws -> String {
        String(decoding: try #require(Data(base64URL: String(input.split(separator: ".")[index]))), as: UTF8.self)
    }

    func isValid(_ algorithm: String) throws -> Bool {
        let data = Data(input.utf8)
        if algorithm == "ES256" {
            let key = try P256.Signing.PrivateKey(pemRepresentation: TestKeys.ecPKCS8).publicKey
            return key.isValidSignature(try .init(rawRepresentation: signature), for: data)
        }
        let key = try _RSA.Signing.PrivateKey(pemRepresentation: TestKeys.rsaPKCS8).publicKey
        let rsa = _RSA.Signing.RSASignature(rawRepresentation: signature)
        return switch algorithm {
        case "RS384": key.isValidSignature(rsa, for: SHA384.hash(data: data), padding: .insecurePKCS1v1_5)
        case "RS512": key.isValidSignature(rsa, for: SHA512.hash(data: data), padding: .insecurePKCS1v1_5)
        case "PS256": key.isValidSignature(rsa, for: SHA256.hash(data: data), padding: .PSS)
        default: key.isValidSignature(rsa, for: SHA256.hash(data: data), padding: .insecurePKCS1v1_5)
        }
    }
}
