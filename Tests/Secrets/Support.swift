import Crypto
import Foundation
import Model
import Synchronization

@testable import Secrets

/// A folder of its own for a test. Kept when `TEST_FOLDER` names where, for the scan of planted canaries.
func withTestFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let kept = ProcessInfo.processInfo.environment["TEST_FOLDER"]
    let base = kept ?? FileManager.default.temporaryDirectory.path
    let folder = base + "/secrets-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { if kept == nil { try? FileManager.default.removeItem(atPath: folder) } }
    return try await body(folder)
}

/// Wrapped keys in memory, as a store would keep them.
final class MemoryKeys: DataKeyStorage {
    private let keys = Mutex<[WrappedDataKey]>([])
    private let isAway = Mutex(false)
    private let beforeAdding = Mutex<(@Sendable () async throws -> Void)?>(nil)

    struct Away: Error {}

    func goAway(_ away: Bool) { isAway.withLock { $0 = away } }

    var all: [WrappedDataKey] { keys.withLock { $0 } }

    func replace(_ change: (inout WrappedDataKey) -> Void) {
        keys.withLock { keys in
            for index in keys.indices { change(&keys[index]) }
        }
    }

    func dataKeys(of organization: OrganizationID) throws -> [WrappedDataKey] {
        try check()
        return all.filter { $0.organization == organization }
    }

    /// Puts a key there, whatever else there is.
    func add(_ key: WrappedDataKey) throws {
        try check()
        keys.withLock { keys in if !keys.contains(where: { $0.id == key.id }) { keys.append(key) } }
    }

    /// What happens right before the next key is added.
    func interruptAdding(_ interruption: @escaping @Sendable () async throws -> Void) {
        beforeAdding.withLock { $0 = interruption }
    }

    func add(_ key: WrappedDataKey, unlessBeside known: Set<DataKeyID>) async throws -> [WrappedDataKey] {
        let interruption = beforeAdding.withLock { interruption in
            defer { interruption = nil }
            return interruption
        }
        try await interruption?()
        try check()
        return keys.withLock { keys in
            let stored = keys.filter { $0.organization == key.organization }
            guard known.isSuperset(of: stored.map(\.id)) else { return stored }
            keys.append(key)
            return stored + [key]
        }
    }

    func reserve(_ count: Int, of key: DataKeyID, organization: OrganizationID) throws -> Int {
        try check()
        return keys.withLock { keys in
            guard let index = keys.firstIndex(where: { $0.id == key }) else { return 0 }
            keys[index].encryptions += count
            return keys[index].encryptions
        }
    }

    func retire(_ key: DataKeyID, organization: OrganizationID) throws {
        try check()
        keys.withLock { keys in
            for index in keys.indices where keys[index].id == key { keys[index].retired = true }
        }
    }

    private func check() throws { if isAway.withLock({ $0 }) { throw Away() } }
}

/// A key provider in memory that can be down, as a key management service can.
final class MemoryProvider: KeyProvider {
    let id = "memory"
    private let key = SymmetricKey(size: .bits256)
    private let isDown = Mutex(false)

    struct Down: Error {}

    func goDown(_ down: Bool) { isDown.withLock { $0 = down } }

    func wrap(_ key: SymmetricKey, context: Data) throws -> Data {
        if isDown.withLock({ $0 }) { throw Down() }
        let box = try AES.GCM.seal(key.withUnsafeBytes { Data($0) }, using: self.key, authenticating: context)
        return box.nonce + box.ciphertext + box.tag
    }

    func unwrap(_ wrapped: Data, context: Data) throws -> SymmetricKey {
        if isDown.withLock({ $0 }) { throw Down() }
        return SymmetricKey(data: try AES.GCM.open(.init(combined: wrapped), using: key, authenticating: context))
    }
}

/// A clock that stands until it is moved.
final class ManualUptime: Sendable {
    private let time = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { time.withLock { $0 } }

    func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}

/// A key ring with everything it needs.
struct Keys {
    let storage = MemoryKeys()
    let provider = MemoryProvider()
    let uptime = ManualUptime()
    let ring: KeyRing
    let sealer: Sealer

    static let acme = OrganizationID("acme")
    static let other = OrganizationID("other")

    init(_ limits: KeyRing.Limits = KeyRing.Limits()) {
        ring = Self.ring(storage, provider, uptime, limits)
        sealer = Sealer(ring)
    }

    /// Another ring over the same store: the process after a crash.
    func restarted(_ limits: KeyRing.Limits = KeyRing.Limits()) -> KeyRing {
        Self.ring(storage, provider, uptime, limits)
    }

    private static func ring(
        _ storage: MemoryKeys, _ provider: MemoryProvider, _ uptime: ManualUptime, _ limits: KeyRing.Limits
    ) -> KeyRing {
        KeyRing(
            provider: provider, storage: storage, limits: limits, now: { Timestamp(milliseconds: 1_700_000_000_000) },
            uptime: { uptime.now })
    }
}

extension SealContext {
    static let tokens = SealContext(
        organization: Keys.acme, connection: ConnectionID("conn_1"), kind: .tokenSet, version: "att_1")
}
