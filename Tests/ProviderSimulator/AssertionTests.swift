import Crypto
import CryptoExtras
import Foundation
import Testing

@testable import ProviderSimulator

/// The strict token endpoint for assertions (RFC 7523): what it takes once, and all that it refuses.
@Suite struct AssertionTests {
    private static let audience = "http://127.0.0.1:9/token"
    private static let robot = "robot@project.example"
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    /// Keys are slow to make: one that is registered, and one that is not.
    private static let key = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }
    private static let otherKey = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }

    private static let good: [String: any Sendable] = [
        "iss": robot, "sub": "ada@example.com", "aud": audience, "iat": 1_800_000_000, "exp": 1_800_000_300,
        "jti": "id-1", "scope": "mail calendar",
    ]

    @Test func aGoodAssertionBringsATokenForItsSubjectAndScopes() throws {
        var server = try Self.server()
        let answer = try Self.redeem(try Self.sign(Self.good), &server)
        let token = try #require(answer["access_token"].map(JSONText.plain))
        #expect(answer["refresh_token"] == nil && answer["expires_in"] == "3600")
        let record = try #require(server.liveAccessToken(token, now: Self.now))
        #expect(record.subject == "ada@example.com" && record.scope == "mail calendar" && record.clientID == Self.robot)
        let own = Self.good.filter { $0.key != "sub" }.merging(["jti": "id-2"]) { $1 }
        let second = try Self.redeem(try Self.sign(own), &server)
        let other = try #require(second["access_token"].map(JSONText.plain))
        #expect(server.liveAccessToken(other, now: Self.now)?.subject == Self.robot, "it speaks for itself")
    }

    @Test func aRepeatedAssertionIsRefused() throws {
        var server = try Self.server()
        let assertion = try Self.sign(Self.good)
        _ = try Self.redeem(assertion, &server)
        Self.expect("invalid_grant", "jti", assertion, &server)
        // The same id under a new signature is the same assertion.
        let moved = Self.good.merging(["exp": 1_800_000_200]) { $1 }
        Self.expect("invalid_grant", "jti", try Self.sign(moved), &server)
        #expect(server.assertions.taken.count == 1)
    }

    @Test(
        "what a strict endpoint refuses",
        arguments: [
            (["aud": "http://127.0.0.1:9"], "invalid_grant", "aud"),
            (["aud": "https://accounts.example"], "invalid_grant", "aud"),
            (["iat": 1_799_999_000, "exp": 1_799_999_999], "invalid_grant", "short-lived"),
            (["exp": 1_800_000_000], "invalid_grant", "short-lived"),
            (["iat": 1_800_000_060, "exp": 1_800_000_300], "invalid_grant", "short-lived"),
            (["exp": 1_800_003_601], "invalid_grant", "short-lived"),
            (["iat": 1_800_000_000, "exp": 1_799_999_990], "invalid_grant", "short-lived"),
            (["iss": "stranger@project.example"], "invalid_grant", "issuer"),
            (["jti": ""], "invalid_grant", "jti"),
            (["scope": ""], "invalid_scope", "scope"),
            (["scope": "mail drive"], "unauthorized_client", "Unauthorized"),
            (["sub": "eve@example.com"], "unauthorized_client", "Unauthorized"),
        ] as [([String: any Sendable], String, String)])
    func refused(change: [String: any Sendable], code: String, why: String) throws {
        var server = try Self.server()
        Self.expect(code, why, try Self.sign(Self.good.merging(change) { $1 }), &server)
        #expect(server.accessTokens.isEmpty)
    }

    @Test func signaturesAreVerified() throws {
        var server = try Self.server()
        Self.expect("invalid_grant", "Signature", try Self.sign(Self.good, with: Self.otherKey.get()), &server)
        let parts = try Self.sign(Self.good).split(separator: ".").map(String.init)
        let forged = Self.encode(try JSONSerialization.data(withJSONObject: Self.good.merging(["jti": "x"]) { $1 }))
        Self.expect("invalid_grant", "Signature", "\(parts[0]).\(forged).\(parts[2])", &server)
        Self.expect("invalid_grant", "RS256", try Self.sign(Self.good, algorithm: "none"), &server)
        Self.expect("invalid_grant", "RS256", try Self.sign(Self.good, algorithm: "HS256"), &server)
        for broken in ["a", "a.b", "a.b.c", "\(parts[0]).\(parts[1])", "\(parts[0]).\(parts[1]).\(parts[2]).x"] {
            Self.expect("invalid_grant", "three parts", broken, &server)
        }
        #expect(server.assertions.taken.isEmpty, "what was not believed uses up no id")
        _ = try Self.redeem(try Self.sign(Self.good), &server)
    }

    // MARK: Helpers

    private static func server() throws -> AuthorizationServer {
        var server = AuthorizationServer()
        server.assertions.issuers[robot] = AssertionIssuer(
            issuer: robot, publicKey: try key.get().publicKey.pemRepresentation, subjects: ["ada@example.com"],
            scopes: ["mail", "calendar"])
        return server
    }

    private static func sign(
        _ claims: [String: any Sendable], with other: _RSA.Signing.PrivateKey? = nil, algorithm: String = "RS256"
    ) throws -> String {
        let header = try JSONSerialization.data(withJSONObject: ["alg": algorithm, "typ": "JWT"])
        let input = encode(header) + "." + encode(try JSONSerialization.data(withJSONObject: claims))
        let signature = try (other ?? key.get()).signature(
            for: SHA256.hash(data: Data(input.utf8)), padding: .insecurePKCS1v1_5)
        return input + "." + encode(signature.rawRepresentation)
    }

    private static func redeem(_ assertion: String, _ server: inout AuthorizationServer) throws -> TokenAnswer {
        let form = "grant_type=\(AuthorizationServer.assertionGrant)&assertion=\(FormText.encode(assertion))"
        return try server.redeemAssertion(Parameters(form: form), audience: audience, now: now)
    }

    private static func expect(
        _ code: String, _ why: String, _ assertion: String, _ server: inout AuthorizationServer,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        do {
            _ = try redeem(assertion, &server)
            Issue.record("it was taken", sourceLocation: sourceLocation)
        } catch {
            let failure = error as? OAuthFailure
            #expect(failure?.code == code, sourceLocation: sourceLocation)
            #expect(failure?.description.contains(why) == true, "\(error)", sourceLocation: sourceLocation)
        }
    }

    private static func encode(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
