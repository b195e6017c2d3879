import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// `JWKS_URL`: a real host whose callers' tokens an identity service signs.
@Suite(.hosts(1)) struct KeySetTests {
    private static let issuer = "https://iam.example"

    /// The identity service: what it publishes, nil while it is away.
    private final class Published: Sendable {
        private let document = Mutex<String?>(nil)

        func set(_ text: String?) { document.withLock { $0 = text } }

        func server() throws -> RawServer {
            try RawServer { _ in
                guard let text = self.document.withLock({ $0 }) else { return RawServer.json("{}", status: 503) }
                return RawServer.json(text)
            }
        }
    }

    private static func token(_ tokens: IdentityTokens, audience: String = "tm", _ claims: [String: any Sendable])
        throws -> String
    {
        try tokens.token(
            issuer: issuer, audience: audience, nonce: nil, claims: claims.merging(["orgId": "org-1"]) { $1 })
    }

    @Test("callers come with the tokens of an identity service, which may start late, change keys and go away")
    func life() async throws {
        let published = Published()
        let server = try published.server()
        let environment = TestHost.shortTiming.merging([
            "JWKS_URL": "http://127.0.0.1:\(server.port)/jwks", "JWT_ISSUER": Self.issuer, "JWT_AUDIENCE": "tm",
        ]) { $1 }
        try await Scenario.run("key-set", environment: environment) { scenario in
            let child = try await scenario.host.start()
            let (first, second) = (IdentityTokens("first"), IdentityTokens("second"))
            let admin = try Self.token(first, ["userId": "ada", "role": "admin"])
            @Sendable func status(_ token: String) async throws -> Int {
                try await scenario.host.call("GET", "/api/v1/connectors", token: token).status
            }
            let early = try await scenario.host.call("GET", "/api/v1/connectors", token: admin)
            #expect(early.status == 503 && early.code == "keys_unavailable")
            #expect(early.header("Retry-After") == "10")

            published.set(first.keySet)
            try await eventually("the keys are fetched", every: .milliseconds(200)) { try await status(admin) == 200 }
            #expect(try await status(try Self.token(first, ["scopes": ["connector:read"]])) == 200)
            #expect(try await status(try Self.token(first, ["scopes": ["token:read"]])) == 403)
            #expect(try await status(try Self.token(first, ["scopes": ["connector:read"], "role": "admin"])) == 401)
            #expect(
                try await status(try Self.token(first, audience: "another", ["userId": "a", "role": "admin"])) == 401)
            #expect(try await status(try Self.token(IdentityTokens("first"), ["userId": "a", "role": "admin"])) == 401)

            published.set(second.keySet)
            let rotated = try Self.token(second, ["userId": "ada", "role": "member"])
            try await eventually("the new key is known", every: .milliseconds(200)) { try await status(rotated) == 200 }
            #expect(try await status(admin) == 401)

            published.set(nil)
            #expect(try await status(rotated) == 200)
            child.kill(SIGTERM)
            try await child.waitForEnd()
            #expect(child.exitCode == 0)
        }
    }
}
