import Foundation
import Model
import Testing

@testable import Secrets

@Suite struct KeyRingTests {
    private let text = Data("canary-secret".utf8)

    private func limits(encryptions: Int, block: Int) -> KeyRing.Limits {
        var limits = KeyRing.Limits()
        limits.encryptions = encryptions
        limits.block = block
        return limits
    }

    @Test func `Every organization has keys of its own, made on first use`() async throws {
        let keys = Keys()
        try await keys.ring.prepare(Keys.acme)
        try await keys.ring.prepare(Keys.other)
        #expect(keys.storage.all.count == 2)
        #expect(Set(keys.storage.all.map(\.organization)) == [Keys.acme, Keys.other])
        let sealed = try keys.sealer.seal(text, for: .tokens)
        var foreign = SealContext.tokens
        foreign.organization = Keys.other
        let error = #expect(throws: SecretsError.self) { try keys.sealer.open(sealed, for: foreign) }
        #expect(error?.code == .unknownKey)
    }

    @Test func `The key provider is asked without the store: a full one takes no key away`() async throws {
        let keys = Keys()
        keys.storage.goAway(true)
        await #expect(throws: MemoryKeys.Away.self) { try await keys.ring.prepare(Keys.acme) }
        try await keys.ring.askProvider()
        keys.provider.goDown(true)
        await #expect(throws: MemoryProvider.Down.self) { try await keys.ring.askProvider() }
    }

    @Test func `Nothing is sealed or opened before the keys are prepared`() async throws {
        let keys = Keys()
        let error = #expect(throws: SecretsError.self) { try keys.sealer.seal(text, for: .tokens) }
        #expect(error?.code == .notPrepared)
    }

    @Test func `A wrapped key moved to another organization does not open`() async throws {
        let keys = Keys()
        try await keys.ring.prepare(Keys.acme)
        let stolen = try #require(keys.storage.all.first)
        try keys.storage.add(
            WrappedDataKey(
                id: DataKeyID("dk_stolen"), organization: Keys.other, wrapped: stolen.wrapped,
                createdAt: stolen.createdAt))
        await #expect(throws: (any Error).self) { try await keys.ring.prepare(Keys.other) }
    }

    @Test func `Many who come at once make one key and reserve one block`() async throws {
        let keys = Keys()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<300 { group.addTask { try await keys.ring.prepare(Keys.acme) } }
            try await group.waitForAll()
        }
        #expect(keys.storage.all.count == 1)
        #expect(keys.storage.all.first?.encryptions == 4096)
    }

    @Test func `SECURITY 22: a key is followed by another before its limit, and still opens`() async throws {
        let keys = Keys(limits(encryptions: 100, block: 10))
        var sealed: [Data] = []
        for _ in 0..<500 {
            try await keys.ring.prepare(Keys.acme)
            sealed.append(try keys.sealer.seal(text, for: .tokens))
        }
        let stored = keys.storage.all
        #expect(stored.count >= 5)
        #expect(stored.allSatisfy { $0.encryptions <= 100 })
        #expect(stored.filter { !$0.retired }.count == 1)
        #expect(stored.map(\.encryptions).reduce(0, +) >= 500, "no encryption is left uncounted")
        for seal in sealed { #expect(try keys.sealer.open(seal, for: .tokens) == text) }
        var used: [Data: Int] = [:]
        for seal in sealed { used[Data(seal.dropFirst(2).prefix(Int(seal[1]))), default: 0] += 1 }
        #expect(used.values.allSatisfy { $0 <= 100 })
    }

    @Test func `SECURITY 22: the default limit lies well below 2^31`() {
        let limits = KeyRing.Limits()
        #expect(limits.encryptions + 2 * limits.block < 1 << 31)
        #expect(limits.encryptions <= 1 << 30)
    }

    @Test func `SECURITY 22: a crash skips the rest of a block and repeats none of it`() async throws {
        let small = limits(encryptions: 100, block: 10)
        let keys = Keys(small)
        try await keys.ring.prepare(Keys.acme)
        _ = try keys.sealer.seal(text, for: .tokens)
        let before = try #require(keys.storage.all.first).encryptions
        try await keys.restarted(small).prepare(Keys.acme)
        #expect(keys.storage.all.first?.encryptions == before + 10)
    }

    @Test func `F14: an answer is sealed while the store is away, within a bound, and counted later`() async throws {
        let keys = Keys(limits(encryptions: 1000, block: 10))
        try await keys.ring.prepare(Keys.acme)
        keys.storage.goAway(true)
        for _ in 0..<19 { _ = try keys.sealer.seal(text, for: .tokens) }
        let error = #expect(throws: SecretsError.self) { try keys.sealer.seal(text, for: .tokens) }
        #expect(error?.code == .exhausted)
        await #expect(throws: MemoryKeys.Away.self) { try await keys.ring.prepare(Keys.acme) }
        keys.storage.goAway(false)
        try await keys.ring.prepare(Keys.acme)
        #expect(keys.storage.all.first?.encryptions == 30)
        _ = try keys.sealer.seal(text, for: .tokens)
    }

    @Test func `SECURITY 25: without the key provider no call begins, one under way still seals, then the key goes`()
        async throws
    {
        let keys = Keys()
        try await keys.ring.prepare(Keys.acme)
        keys.provider.goDown(true)
        keys.uptime.advance(by: .seconds(179))
        try await keys.ring.prepare(Keys.acme)
        keys.uptime.advance(by: .seconds(2))
        await #expect(throws: MemoryProvider.Down.self) { try await keys.ring.prepare(Keys.acme) }
        let sealed = try keys.sealer.seal(text, for: .tokens)
        keys.uptime.advance(by: .seconds(118))
        #expect(try keys.sealer.open(sealed, for: .tokens) == text)
        keys.uptime.advance(by: .seconds(2))
        let error = #expect(throws: SecretsError.self) { try keys.sealer.open(sealed, for: .tokens) }
        #expect(error?.code == .notPrepared)
        keys.provider.goDown(false)
        try await keys.ring.prepare(Keys.acme)
        #expect(try keys.sealer.open(sealed, for: .tokens) == text)
    }

    @Test func `Of hosts that need an organization's first key at once one makes it, and all have that one`()
        async throws
    {
        let keys = Keys()
        let elsewhere = keys.restarted()
        keys.storage.interruptAdding { try await elsewhere.prepare(Keys.acme) }
        try await keys.ring.prepare(Keys.acme)
        #expect(keys.storage.all.count == 1)
        #expect(keys.storage.all.first?.encryptions == 2 * 4096, "each has reserved its own")
        let (here, there) = (keys.sealer, Sealer(elsewhere))
        #expect(try there.open(here.seal(text, for: .tokens), for: .tokens) == text)
        #expect(try here.open(there.seal(text, for: .tokens), for: .tokens) == text)
    }

    @Test func `A key that another host made is read by whoever comes after it was missed`() async throws {
        let small = limits(encryptions: 20, block: 10)
        let keys = Keys(small)
        try await keys.ring.prepare(Keys.acme)
        let elsewhere = keys.restarted(small)
        keys.storage.replace { $0.encryptions = 20 }
        try await elsewhere.prepare(Keys.acme)
        let sealed = try Sealer(elsewhere).seal(text, for: .tokens)
        #expect(throws: SecretsError.self) { try keys.sealer.open(sealed, for: .tokens) }
        try await keys.ring.prepare(Keys.acme)
        #expect(try keys.sealer.open(sealed, for: .tokens) == text)
    }

    @Test func `A key that another host made is found after a reload`() async throws {
        let small = limits(encryptions: 20, block: 10)
        let keys = Keys(small)
        try await keys.ring.prepare(Keys.acme)
        let elsewhere = keys.restarted(small)
        keys.storage.replace { $0.encryptions = 20 }
        try await elsewhere.prepare(Keys.acme)
        let sealed = try Sealer(elsewhere).seal(text, for: .tokens)
        let error = #expect(throws: SecretsError.self) { try keys.sealer.open(sealed, for: .tokens) }
        #expect(error?.code == .unknownKey)
        try await keys.ring.prepare(Keys.acme, reload: true)
        #expect(try keys.sealer.open(sealed, for: .tokens) == text)
    }
}
