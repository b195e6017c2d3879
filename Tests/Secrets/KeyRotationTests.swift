import Crypto
import Foundation
import Model
import Testing

@testable import Secrets

/// SECURITY 23, 24: several key encryption keys, of which one wraps.
@Suite struct KeyRotationTests {
    private let place = Data("place".utf8)

    @Test func `A new key wraps from then on, the one before still unwraps, after a restart too`() async throws {
        try await withTestFolder { folder in
            let path = folder + "/master.key"
            let provider = try FileKeyProvider(path: path, createIfMissing: true)
            let (first, key) = (provider.id, SymmetricKey(size: .bits256))
            let old = try provider.wrap(key, context: place)
            let second = try provider.makeKey()
            #expect(provider.id == first && second != first, "nothing uses it yet")
            #expect(provider.keyID(of: try provider.wrap(key, context: place)) == first)
            try provider.use(second)
            #expect(provider.id == second)
            let new = try provider.wrap(key, context: place)
            #expect(provider.keyID(of: old) == first && provider.keyID(of: new) == second)
            let restarted = try FileKeyProvider(path: path, createIfMissing: false)
            #expect(restarted.id == second && restarted.keys.map(\.id) == [second, first])
            for held in [provider, restarted] {
                for wrapped in [old, new] { #expect(try held.unwrap(wrapped, context: place) == key) }
            }
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/" + name)
                #expect(attributes[.posixPermissions] as? Int == 0o600 && attributes[.size] as? Int == 32, "\(name)")
                #expect(!name.contains(".new."), "no draft is left")
            }
        }
    }

    @Test func `However a rotation is cut short, both keys are there`() async throws {
        try await withTestFolder { folder in
            let path = folder + "/master.key"
            let first = try FileKeyProvider(path: path, createIfMissing: true)
            let wrapped = try first.wrap(SymmetricKey(size: .bits256), context: place)
            let second = try first.makeKey()
            // Before it is used: the first one wraps on, and the second is there to be used.
            let between = try FileKeyProvider(path: path, createIfMissing: false)
            #expect(between.id == first.id && between.keys.contains { $0.id == second })
            try between.use(second)
            _ = try between.unwrap(wrapped, context: place)
            // A copy of the first key that is put back over the file takes no key away.
            let copy = try #require(between.keys.first { $0.id == first.id }?.places.first)
            try Data(contentsOf: URL(fileURLWithPath: copy)).write(to: URL(fileURLWithPath: path))
            let back = try FileKeyProvider(path: path, createIfMissing: false)
            #expect(back.id == first.id && back.keys.contains { $0.id == second })
        }
    }

    @Test func `A process that did not rotate finds the new key when it meets it`() async throws {
        try await withTestFolder { folder in
            let path = folder + "/master.key"
            let (one, other) = (
                try FileKeyProvider(path: path, createIfMissing: true),
                try FileKeyProvider(path: path, createIfMissing: false)
            )
            try one.use(try one.makeKey())
            let key = SymmetricKey(size: .bits256)
            #expect(try other.unwrap(one.wrap(key, context: place), context: place) == key)
            #expect(other.id == one.id)
        }
    }

    @Test func `SECURITY 24: a key whose file was taken away opens nothing, and the error says which and where`()
        async throws
    {
        try await withTestFolder { folder in
            let path = folder + "/master.key"
            let provider = try FileKeyProvider(path: path, createIfMissing: true)
            let first = provider.id
            let wrapped = try provider.wrap(SymmetricKey(size: .bits256), context: place)
            try provider.use(try provider.makeKey())
            let file = path + "." + first.dropFirst("file:".count)
            try FileManager.default.moveItem(atPath: file, toPath: folder + "/away")
            try provider.reload()
            let error = #expect(throws: SecretsError.self) { try provider.unwrap(wrapped, context: place) }
            #expect(error?.code == .wrongKey)
            #expect(error?.description.contains(file) == true && error?.description.contains(first) == true)
            try FileManager.default.moveItem(atPath: folder + "/away", toPath: file)
            _ = try provider.unwrap(wrapped, context: place)
        }
    }

    @Test func `SECURITY 24: a running host notices by itself that a key was taken away, when opened keys grow old`()
        async throws
    {
        try await withTestFolder { folder in
            let path = folder + "/master.key"
            let provider = try FileKeyProvider(path: path, createIfMissing: true)
            let (first, uptime) = (provider.id, ManualUptime())
            let ring = KeyRing(
                provider: provider, storage: MemoryKeys(), now: { Timestamp(milliseconds: 1_700_000_000_000) },
                uptime: { uptime.now })
            try await ring.prepare(Keys.acme)
            try provider.use(try provider.makeKey())
            let file = path + "." + first.dropFirst("file:".count)
            try FileManager.default.moveItem(atPath: file, toPath: folder + "/away")
            uptime.advance(by: ring.limits.cacheAge + .seconds(1))
            let error = await #expect(throws: SecretsError.self) { try await ring.prepare(Keys.acme) }
            #expect(error?.code == .wrongKey && error?.description.contains(file) == true)
            #expect(throws: SecretsError.self) { try Sealer(ring).seal(Data("canary".utf8), for: .tokens) }
            try await ring.prepare(Keys.other)
            try FileManager.default.moveItem(atPath: folder + "/away", toPath: file)
            try await ring.prepare(Keys.acme)
            _ = try Sealer(ring).seal(Data("canary".utf8), for: .tokens)
        }
    }

    @Test func `A key that was replaced by hand opens nothing, and the strange one in its place seals nothing`()
        async throws
    {
        try await withTestFolder { folder in
            let path = folder + "/master.key"
            let provider = try FileKeyProvider(path: path, createIfMissing: true)
            let (id, key) = (provider.id, SymmetricKey(size: .bits256))
            let wrapped = try provider.wrap(key, context: place)
            try FileManager.default.moveItem(atPath: path, toPath: folder + "/away")
            for _ in 1...2 {
                #expect(throws: SecretsError.self) { try provider.unwrap(wrapped, context: place) }
                #expect(throws: SecretsError.self) { try provider.wrap(key, context: place) }
                // Missing at first, then another one.
                _ = try FileKeyProvider(path: path, createIfMissing: true)
            }
            #expect(provider.id == id)
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.moveItem(atPath: folder + "/away", toPath: path)
            #expect(try provider.unwrap(wrapped, context: place) == key)
            #expect(provider.keyID(of: try provider.wrap(key, context: place)) == id)
        }
    }

    @Test func `What kill -9 left of a rotation's drafts is removed, and nothing else`() async throws {
        try await withTestFolder { folder in
            let path = folder + "/master.key"
            let provider = try FileKeyProvider(path: path, createIfMissing: true)
            _ = try provider.makeKey()
            let kept = ["master.key.new.txt", "master.key.notes.new.1f", "other.key.new.1f"]
            for name in kept { try Data(count: 32).write(to: URL(fileURLWithPath: folder + "/" + name)) }
            let names = try Set(FileManager.default.contentsOfDirectory(atPath: folder))
            for key in provider.keys.flatMap(\.places) {
                try FileManager.default.copyItem(atPath: key, toPath: key + ".new.f00dfeed")
            }
            let all = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(all.count > names.count)
            provider.removeDrafts(olderThan: .seconds(60))
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left.count == all.count, "they may be in use")
            provider.removeDrafts(olderThan: .zero)
            #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder)) == names)
        }
    }

    @Test func `A file under another key's name, and one that is open to others, are refused`() async throws {
        try await withTestFolder { folder in
            let path = folder + "/master.key"
            let provider = try FileKeyProvider(path: path, createIfMissing: true)
            let new = try provider.makeKey()
            let file = path + "." + new.dropFirst("file:".count)
            let wrong = path + ".0123456789abcdef"
            try FileManager.default.copyItem(atPath: file, toPath: wrong)
            let misnamed = #expect(throws: SecretsError.self) {
                try FileKeyProvider(path: path, createIfMissing: false)
            }
            #expect(misnamed?.code == .keyFile && misnamed?.description.contains(file) == true)
            try FileManager.default.removeItem(atPath: wrong)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
            let open = #expect(throws: SecretsError.self) { try FileKeyProvider(path: path, createIfMissing: false) }
            #expect(open?.description.contains("chmod 600 \(file)") == true)
            // What is beside and no key's name is nobody's business.
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
            try Data("notes".utf8).write(to: URL(fileURLWithPath: path + ".txt"))
            _ = try FileKeyProvider(path: path, createIfMissing: false)
            #expect(throws: SecretsError.self) { try provider.use("file:0123456789abcdef") }
        }
    }

    @Test func `Wrapping anew keeps the key and the place, and does nothing twice`() async throws {
        try await withTestFolder { folder in
            let provider = try FileKeyProvider(path: folder + "/master.key", createIfMissing: true)
            let key = SymmetricKey(size: .bits256)
            let old = try provider.wrap(key, context: place)
            #expect(try await provider.rewrap(old, context: place) == nil)
            try provider.use(try provider.makeKey())
            let new = try #require(try await provider.rewrap(old, context: place))
            #expect(provider.keyID(of: new) == provider.id)
            #expect(try provider.unwrap(new, context: place) == key)
            #expect(try await provider.rewrap(new, context: place) == nil)
            await #expect(throws: SecretsError.self) {
                try await provider.rewrap(old, context: Data("another place".utf8))
            }
            for seal in InstallationSeal.allCases {
                let made =
                    switch seal {
                    case .keyCheck: try await KeyCheck.make(provider)
                    case .secret: try await InstallationSecret.make(provider)
                    }
                try provider.use(try provider.makeKey())
                let rewrapped = try #require(try await provider.rewrap(made, context: seal.context))
                switch seal {
                case .keyCheck: try await KeyCheck.verify(rewrapped, provider)
                case .secret:
                    let (one, other) = (
                        try await InstallationSecret(opening: made, provider),
                        try await InstallationSecret(opening: rewrapped, provider)
                    )
                    #expect(one.storeID == other.storeID)
                }
            }
        }
    }

    @Test func `An organization whose keys were dropped has none in memory`() async throws {
        let keys = Keys()
        try await keys.ring.prepare(Keys.acme)
        try await keys.ring.prepare(Keys.other)
        let sealed = try keys.sealer.seal(Data("canary".utf8), for: .tokens)
        await keys.ring.forget(Keys.acme)
        let error = #expect(throws: SecretsError.self) { try keys.sealer.open(sealed, for: .tokens) }
        #expect(error?.code == .notPrepared)
        var other = SealContext.tokens
        other.organization = Keys.other
        _ = try keys.sealer.seal(Data("canary".utf8), for: other)
    }
}
