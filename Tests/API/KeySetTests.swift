import Foundation
import HTTPTypes
import Pipeline
import Testing

@testable import API

/// How the keys of `JWKS_URL` are kept fresh.
@Suite struct KeySetTests {
    private let issuer: TestIssuer
    private let rsa: String
    private let elliptic: String

    init() throws {
        issuer = try TestIssuer.shared.get()
        rsa = try issuer.token()
        elliptic = try issuer.token(Tokens.user, "ES256", "p256")
    }

    private func bearer(_ token: String) -> HTTPFields { [.authorization: "Bearer \(token)"] }

    private func code(_ token: String, _ authenticator: CallerAuthenticator) async -> PipelineError.Code? {
        do throws(PipelineError) {
            _ = try await authenticator.admit(bearer(token), requestID: "r")
            return nil
        } catch {
            return error.code
        }
    }

    @Test("a token of a new key makes the set be fetched at once, but at most every ten seconds")
    func rotation() async throws {
        let published = TestKeySet(try issuer.keySet(["rsa"]))
        let authenticator = try await published.authenticator()
        published.pass(.seconds(10))
        #expect(await code(rsa, authenticator) == nil)
        #expect(published.fetches == 1)
        published.document = try issuer.keySet(["p256"])
        #expect(await code(elliptic, authenticator) == nil)
        #expect(published.fetches == 2)
        // The old key is gone, and with it what it signed, although that was verified before.
        #expect(await code(rsa, authenticator) == .unauthenticated)
        published.pass(.milliseconds(9999))
        #expect(await code(rsa, authenticator) == .unauthenticated)
        #expect(published.fetches == 2)
        published.pass(.milliseconds(1))
        #expect(await code(rsa, authenticator) == .unauthenticated)
        #expect(published.fetches == 3)
    }

    @Test("a storm of unknown keys is one fetch") func storm() async throws {
        let published = TestKeySet(try issuer.keySet(["rsa"]))
        let authenticator = try await published.authenticator()
        published.pass(.seconds(10))
        await withTaskGroup(of: PipelineError.Code?.self) { group in
            for _ in 0..<100 { group.addTask { await code(elliptic, authenticator) } }
            for await code in group { #expect(code == .unauthenticated) }
        }
        #expect(published.fetches == 2)
    }

    @Test("the last good set stays while its address is away, or publishes nothing that can be used")
    func away() async throws {
        let published = TestKeySet(try issuer.keySet(["rsa"]))
        let set = published.callerKeySet()
        let keys = try CallerKeys(user: nil, service: nil, set: set)
        let authenticator = CallerAuthenticator(keys: keys, configuration: Tokens.configuration) {
            ManualTime(Tokens.now).now
        }
        #expect(await set.refresh() == CallerKeySet.freshness)
        let version = set.version
        for document in [nil, Data("<html>".utf8), Data(#"{"keys":[]}"#.utf8), try issuer.keySet(["weak", "shared"])] {
            published.document = document
            #expect(await set.refresh() == CallerKeySet.pause)
            #expect(await code(rsa, authenticator) == nil)
        }
        #expect(set.version == version)
        published.document = try issuer.keySet(["rsa"])
        #expect(await set.refresh() == CallerKeySet.freshness)
        #expect(set.version == version)
    }

    @Test("before the first set is there callers are told to come back, and shared secrets work")
    func neverFetched() async throws {
        let published = TestKeySet(nil)
        let authenticator = try await published.authenticator()
        let error = await #expect(throws: PipelineError.self) {
            _ = try await authenticator.admit(bearer(rsa), requestID: "r")
        }
        #expect(error?.code == .keysUnavailable && error?.retryAfter == CallerKeySet.pause)
        #expect(await code(try Tokens.make(Tokens.user), authenticator) == nil)
        #expect(await code("e30.e30.", authenticator) == .unauthenticated)
        published.document = try issuer.keySet()
        published.pass(CallerKeySet.pause)
        #expect(await code(rsa, authenticator) == nil)
    }

    @Test func failuresAreLogged() async throws {
        let (published, log) = (TestKeySet(nil), LogLines())
        _ = await published.callerKeySet(log.logger()).refresh()
        #expect(log.text.contains("no asymmetric token is taken yet"))
    }
}
