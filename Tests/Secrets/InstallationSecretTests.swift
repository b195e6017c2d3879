import ConnectorSDK
import Foundation
import Testing

@testable import Secrets

@Suite struct InstallationSecretTests {
    private let token = Secret("canary-refresh-token")
    private let endpoint = "https://provider.example/token"

    @Test func `A fingerprint is equal for equal tokens of one client, across restarts, and for nothing else`()
        async throws
    {
        let provider = MemoryProvider()
        let stored = try await InstallationSecret.make(provider)
        let secret = try await InstallationSecret(opening: stored, provider)
        let restarted = try await InstallationSecret(opening: stored, provider)
        let other = try await InstallationSecret(opening: InstallationSecret.make(provider), provider)
        let print = secret.fingerprint(of: token, tokenEndpoint: endpoint, clientID: "client")
        #expect(print.count == 32)
        #expect(restarted.fingerprint(of: token, tokenEndpoint: endpoint, clientID: "client") == print)
        #expect(other.fingerprint(of: token, tokenEndpoint: endpoint, clientID: "client") != print)
        #expect(secret.fingerprint(of: token, tokenEndpoint: endpoint, clientID: "clien") != print)
        #expect(secret.fingerprint(of: token, tokenEndpoint: endpoint + "c", clientID: "lient") != print)
        #expect(
            secret.fingerprint(of: Secret("tcanary-refresh-token"), tokenEndpoint: endpoint, clientID: "clien") != print
        )
    }

    @Test func `SECURITY 55: an audit identifier correlates a token without showing it`() async throws {
        let provider = MemoryProvider()
        let stored = try await InstallationSecret.make(provider)
        let secret = try await InstallationSecret(opening: stored, provider)
        let identifier = secret.auditIdentifier(of: token)
        #expect(identifier == secret.auditIdentifier(of: token))
        #expect(identifier != secret.auditIdentifier(of: Secret("canary-refresh-tokem")))
        #expect(identifier.count == 64)
        let plainHash = RandomToken.hash(token).map { hexadecimal($0) }.joined()
        #expect(identifier != plainHash, "it cannot be computed without the installation's secret")
        let other = try await InstallationSecret(opening: InstallationSecret.make(provider), provider)
        #expect(identifier != other.auditIdentifier(of: token))
    }

    @Test func `SECURITY 20: a sealed setting opens under its own name, in its own installation, and unchanged only`()
        async throws
    {
        let provider = MemoryProvider()
        let stored = try await InstallationSecret.make(provider)
        let secret = try await InstallationSecret(opening: stored, provider)
        let sealed = try secret.seal(token, setting: "WEBHOOK_URL")
        #expect(sealed.range(of: Data("canary".utf8)) == nil)
        #expect(try secret.seal(token, setting: "WEBHOOK_URL") != sealed)
        #expect(try await InstallationSecret(opening: stored, provider).open(sealed, setting: "WEBHOOK_URL") == token)
        #expect(secret.open(sealed, setting: "WEBHOOK_SECRET") == nil)
        let other = try await InstallationSecret(opening: InstallationSecret.make(provider), provider)
        #expect(other.open(sealed, setting: "WEBHOOK_URL") == nil)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(secret.open(changed, setting: "WEBHOOK_URL") == nil)
        }
        #expect(secret.open(sealed.dropLast(), setting: "WEBHOOK_URL") == nil)
        #expect(secret.open(Data(), setting: "WEBHOOK_URL") == nil)
    }

    @Test func `a cursor tells nothing, and is good in its own list only`() async throws {
        let provider = MemoryProvider()
        let stored = try await InstallationSecret.make(provider)
        let secret = try await InstallationSecret(opening: stored, provider)
        let place = Data([0, 0, 0, 0, 0, 0, 0, 7])
        let cursor = secret.seal(cursor: place, of: ["org-1", "events"])
        #expect(cursor.count == 48)
        #expect(cursor != secret.seal(cursor: place, of: ["org-1", "events"]), "nor whether two are one place")
        let restarted = try await InstallationSecret(opening: stored, provider)
        #expect(restarted.open(cursor: cursor, of: ["org-1", "events"]) == place)
        for scope in [
            ["org-2", "events"], ["org-1", "connections"], ["org-1"], ["org-1", "events", ""], ["org-1events"],
        ] {
            #expect(secret.open(cursor: cursor, of: scope) == nil, "\(scope)")
        }
        let other = try await InstallationSecret(opening: InstallationSecret.make(provider), provider)
        #expect(other.open(cursor: cursor, of: ["org-1", "events"]) == nil)
    }

    @Test func `a forged cursor is none`() async throws {
        let provider = MemoryProvider()
        let secret = try await InstallationSecret(opening: InstallationSecret.make(provider), provider)
        let scope = ["org-1", "events"]
        let cursor = secret.seal(cursor: Data("place".utf8), of: scope)
        for index in cursor.indices {
            var forged = cursor
            forged.replaceSubrange(index...index, with: cursor[index] == "A" ? "B" : "A")
            #expect(secret.open(cursor: forged, of: scope) == nil)
        }
        for forged in [
            "", "e7", "7", cursor + "A", cursor + "=", String(cursor.dropLast()), String(cursor.dropLast(4)),
        ] {
            #expect(secret.open(cursor: forged, of: scope) == nil, "\(forged)")
        }
    }
}

@Suite struct RandomTokenTests {
    @Test func `SECURITY 2: a state has 256 bits and is stored as its hash`() {
        let tokens = (0..<1000).map { _ in RandomToken.make() }
        #expect(Set(tokens).count == 1000)
        for token in tokens {
            #expect(Data(base64URL: token.reveal())?.count == 32)
            #expect(RandomToken.hash(token).count == 32)
        }
        #expect(RandomToken.hash(Secret("abc")).base64URL == "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0")
        // As people write keys: either alphabet, with padding or without.
        for text in ["-_8", "-_8=", "+/8", "+/8="] { #expect(Data(base64URL: text) == Data([0xFB, 0xFF]), "\(text)") }
        for text in ["-_8 ", "-_8\n", "-_9", "a", "ü"] { #expect(Data(base64URL: text) == nil, "\(text)") }
    }

    @Test func `SECURITY 4: the challenge is that of RFC 7636 appendix B`() {
        let verifier = Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        #expect(ProofKey.challenge(for: verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
        #expect(ProofKey.makeVerifier().reveal().utf8.count == 43)
    }

    @Test func `Comparison in constant time tells equal from different`() {
        let data = Data("0123456789".utf8)
        #expect(equalInConstantTime(data, Data("0123456789".utf8)))
        #expect(equalInConstantTime(Data(), Data()))
        #expect(!equalInConstantTime(data, data.dropLast()))
        #expect(!equalInConstantTime(data, Data("012345678x".utf8)))
        #expect(!equalInConstantTime(data, Data("x123456789".utf8)))
        #expect(equalInConstantTime(data.dropFirst(3), Data("3456789".utf8)))
    }

    @Test func `SECURITY 30: a wiped value holds nothing, and its memory no secret`() {
        var data = Data("canary-secret-in-memory-canary".utf8)
        data.wipe()
        #expect(data.isEmpty)
        let buffer = withWipedBuffer(of: 32) { buffer in
            buffer.copyBytes(from: Data(repeating: 65, count: 32))
            return buffer.allSatisfy { $0 == 65 }
        }
        #expect(buffer)
    }
}
