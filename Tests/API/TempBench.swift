import ConnectorSDK
import Testing
@testable import API
@Suite struct TempBench {
    @Test func cost() async throws {
        let a = try await Tokens.authenticator()
        let t = try Tokens.make(Tokens.user)[...]
        let keys = try await CallerKeys(user: Secret(Tokens.userSecret), service: Secret(Tokens.serviceSecret))
        let c = ContinuousClock()
        let cached = try c.measure { for _ in 0..<2000 { _ = try a.claims(of: t) } }
        let bare = try c.measure { for _ in 0..<2000 { let b = try BearerToken(t); _ = keys.kind(of: b.signature, signing: b.signed); _ = try CallerClaims(b.claims, kind: .user) } }
        print("BENCH cached \(cached / 2000) bare \(bare / 2000)")
    }
}
