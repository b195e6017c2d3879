import ConnectorSDK
import Foundation
import Model
import Testing

@testable import Secrets

@Suite struct ValueResolverTests {
    private let resolver = ValueResolver(
        secrets: [
            "client_secret": Secret("canary-client-secret"), "api_key": Secret("Jefe"),
            "code_verifier": Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        ],
        now: Timestamp(milliseconds: 1_700_000_000_999))

    private func text(_ parts: Value.Part...) throws -> String { try resolver.resolve(Value(parts: parts)).reveal() }

    @Test func `Parts are joined in order`() throws {
        #expect(try text(.text("a:"), .secret("client_secret"), .text(":b")) == "a:canary-client-secret:b")
    }

    @Test func `A missing secret is named, no other one is`() {
        let error = #expect(throws: SecretsError.self) { try text(.secret("client_secret"), .secret("tenant_key")) }
        #expect(error?.code == .missingSecret)
        #expect(error?.description.contains("`tenant_key`") == true)
        #expect(error?.description.contains("canary") == false)
        #expect(throws: SecretsError.self) { try text(.hmac(key: "nothing", over: [], encoding: .hex)) }
    }

    /// RFC 4231 §4.3.
    @Test func `An hmac over parts is that of the joined text`() throws {
        let parts: [Value.Part] = [.text("what do ya "), .text("want for nothing?")]
        #expect(
            try text(.hmac(key: "api_key", over: parts, encoding: .hex))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            try text(.hmac(key: "api_key", over: parts, encoding: .base64))
                == "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=")
    }

    @Test func `A sha256 over parts is that of the joined text`() throws {
        #expect(
            try text(.sha256([.text("a"), .text("bc")], encoding: .hex))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func `Times are the request's, in three forms`() throws {
        #expect(try text(.now(.epochSeconds)) == "1700000000")
        #expect(try text(.now(.epochMilliseconds)) == "1700000000999")
        #expect(try text(.now(.iso8601)) == "2023-11-14T22:13:20Z")
    }

    @Test func `Random values have 256 bits and differ`() throws {
        let values = try (0..<100).map { _ in try text(.random) }
        #expect(Set(values).count == 100)
        #expect(values.allSatisfy { Data(base64URL: $0)?.count == 32 })
    }

    @Test func `SECURITY 4: the challenge is made of the verifier in code_verifier`() throws {
        #expect(try text(.proofKeyChallenge) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test func `SECURITY 31: a resolved value prints as a redaction`() throws {
        let value = try resolver.resolve(.secret("client_secret"))
        var dumped = ""
        dump(value, to: &dumped)
        dump(resolver, to: &dumped)
        #expect(!"\(value) \(String(reflecting: value)) \(resolver) \(dumped)".contains("canary"))
    }
}
