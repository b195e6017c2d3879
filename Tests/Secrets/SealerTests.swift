import Foundation
import Model
import Testing

@testable import Secrets

@Suite struct SealerTests {
    @Test func `A secret opens as it was sealed, and the seal shows nothing of it`() async throws {
        let keys = Keys()
        try await keys.ring.prepare(Keys.acme)
        for secret in [Data(), Data("canary-secret-text".utf8), Data(repeating: 65, count: 1 << 20)] {
            let sealed = try keys.sealer.seal(secret, for: .tokens)
            #expect(try keys.sealer.open(sealed, for: .tokens) == secret)
            if !secret.isEmpty { #expect(sealed.range(of: secret.prefix(18)) == nil) }
        }
    }

    @Test func `SECURITY 19: a million seals of one text draw a million nonces`() async throws {
        var limits = KeyRing.Limits()
        limits.block = 1_000_000
        let keys = Keys(limits)
        try await keys.ring.prepare(Keys.acme)
        let sealer = keys.sealer
        let halves = try await withThrowingTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<4 { group.addTask { try await nonces(250_000, sealer) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        // 64 of the 96 bits tell them apart already: by chance two would be equal once in 37 million runs.
        #expect(halves.count == 1_000_000)
        #expect(Set(halves).count == halves.count)
    }

    @Test func `SECURITY 20: a seal moved to another place does not open`() async throws {
        let keys = Keys()
        try await keys.ring.prepare(Keys.acme)
        try await keys.ring.prepare(Keys.other)
        let sealed = try keys.sealer.seal(Data("canary-secret".utf8), for: .tokens)
        for place in otherPlaces {
            #expect(throws: SecretsError.self, "\(place)") { try keys.sealer.open(sealed, for: place) }
        }
    }

    @Test func `SECURITY 20: no two places and keys authenticate the same bytes`() {
        let ids = ["dk_1", "dk_", "1dk_"].map { DataKeyID($0) }
        var places = otherPlaces + [.tokens]
        // Fields that only a length tells apart.
        for (connection, version) in [("ab", "c"), ("a", "bc"), ("", "abc"), ("abc", "")] {
            places.append(
                SealContext(
                    organization: Keys.acme, connection: ConnectionID(connection), kind: .input, version: version))
        }
        places.append(SealContext(organization: Keys.acme, connection: nil, kind: .input, version: "abc"))
        let encodings = places.flatMap { place in ids.map { place.authenticated(key: $0) } }
        #expect(Set(encodings).count == encodings.count)
    }

    @Test func `SECURITY 20: a seal whose key id names another key of the organization does not open`() async throws {
        var limits = KeyRing.Limits()
        limits.encryptions = 8
        limits.block = 4
        let keys = Keys(limits)
        var sealed: [Data] = []
        while keys.storage.all.count < 2 {
            try await keys.ring.prepare(Keys.acme)
            sealed.append(try keys.sealer.seal(Data("canary-secret".utf8), for: .tokens))
        }
        let (first, last) = (try #require(sealed.first), try #require(sealed.last))
        let length = Int(first[1])
        let swapped = first.prefix(2) + last.dropFirst(2).prefix(length) + first.dropFirst(2 + length)
        #expect(try keys.sealer.open(first, for: .tokens) == Data("canary-secret".utf8))
        #expect(first.prefix(2 + length) != last.prefix(2 + length), "they were sealed with two keys")
        #expect(throws: SecretsError.self) { try keys.sealer.open(swapped, for: .tokens) }
    }

    @Test func `SECURITY 21: no flipped bit and no cut yields data`() async throws {
        let keys = Keys()
        try await keys.ring.prepare(Keys.acme)
        let sealed = try keys.sealer.seal(Data("canary-secret".utf8), for: .tokens)
        for index in sealed.indices {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << UInt8(bit)
                #expect(throws: SecretsError.self, "byte \(index), bit \(bit)") {
                    try keys.sealer.open(changed, for: .tokens)
                }
            }
            #expect(throws: SecretsError.self) { try keys.sealer.open(sealed.prefix(index), for: .tokens) }
        }
        #expect(throws: SecretsError.self) { try keys.sealer.open(sealed + [0], for: .tokens) }
    }

    /// The place of the test's seal with one field changed, every field once.
    private var otherPlaces: [SealContext] {
        var organization = SealContext.tokens
        organization.organization = Keys.other
        var connection = SealContext.tokens
        connection.connection = ConnectionID("conn_2")
        var noConnection = SealContext.tokens
        noConnection.connection = nil
        var version = SealContext.tokens
        version.version = "att_2"
        let kinds = SealKind.allCases.filter { $0 != .tokenSet }.map { kind in
            var place = SealContext.tokens
            place.kind = kind
            return place
        }
        return [organization, connection, noConnection, version] + kinds
    }
}

/// The first 64 bits of the nonces of that many seals, made on a thread of its own: other tests go on meanwhile.
private func nonces(_ count: Int, _ sealer: Sealer) async throws -> [UInt64] {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async {
            let text = Data("same text".utf8)
            let result = Result {
                try (0..<count).map { _ in
                    let sealed = try sealer.seal(text, for: .tokens)
                    let start = 2 + Int(sealed[1])
                    return sealed.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: UInt64.self) }
                }
            }
            continuation.resume(with: result)
        }
    }
}
