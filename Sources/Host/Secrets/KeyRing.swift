import Crypto
import Locks
package import Model

/// The opened data keys of the organizations at work. `prepare` talks to the store and the key provider; sealing and
/// opening need neither, so an answer that has arrived can be sealed while both are away (RELIABILITY F14, F15).
package final class KeyRing: Sendable {
    /// How keys are counted and how long they stay opened.
    package struct Limits: Sendable {
        /// Encryptions after which a new key takes over: half of SECURITY 22's bound, a quarter of what NIST SP 800-38D
        /// §8.3 allows with random nonces.
        package var encryptions = 1 << 30
        /// Encryptions reserved at once. A crash skips what is left of a block, and so never counts too few.
        package var block = 4096
        /// A key leaves the memory when it was unwrapped that long ago (`DEK_CACHE_AGE`).
        package var cacheAge: Duration = .seconds(300)
        /// What `prepare` leaves of that at least: a call that begins now can still seal its answer.
        package var callAllowance: Duration = .seconds(120)

        package init() {}
    }

    /// The keys of one organization, opened.
    struct Opened: Sendable {
        var keys: [DataKeyID: SymmetricKey]
        /// The key that seals.
        var current: DataKeyID
        /// Encryptions left of what was reserved; below zero while the store is away.
        var headroom: Int
        /// Something met here was sealed with a key that is not among them: another host has made one since.
        var lacksKey = false
        var openedAt: ContinuousClock.Instant
    }

    package let limits: Limits
    private let uptime: @Sendable () -> ContinuousClock.Instant
    private let opened = Locked<[OrganizationID: Opened]>([:])
    private let loader: KeyLoader
    private let loads = SharedLoads()

    /// - Parameters:
    ///   - now: Store time, for `createdAt`.
    ///   - uptime: A clock that counts during suspend, for the age of opened keys.
    package init(
        provider: any KeyProvider, storage: any DataKeyStorage, limits: Limits = Limits(),
        now: @escaping @Sendable () -> Timestamp,
        uptime: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.limits = limits
        self.uptime = uptime
        loader = KeyLoader(provider: provider, storage: storage, limits: limits, now: now)
    }

    /// Puts the organization's keys in memory, makes its first one if it has none, and reserves encryptions. To be called
    /// before a call is sent (SECURITY 25) and before anything is sealed or opened; costs one dictionary look-up while
    /// the keys are fresh.
    /// - Parameter reload: Read the store again, as after `.unknownKey`.
    /// - Throws: what the store or the key provider throws; then no call may be sent.
    package func prepare(_ organization: OrganizationID, reload: Bool = false) async throws {
        if !reload, isReady(organization) { return }
        try await loads.run(organization) { try await self.load(organization) }
    }

    /// Asks the key provider alone: it wraps a key and opens it again.
    /// - Throws: what the key provider throws.
    package func askProvider() async throws { try await loader.askProvider() }

    private func load(_ organization: OrganizationID) async throws {
        let began = uptime()
        let known = opened.withLock { $0[organization] }
        let loaded = try await loader.load(organization, after: known)
        try Sealer.probe(loaded, organization)
        opened.withLock { ring in
            // Asked again: encryptions went on while the store was asked. The probe was one, too.
            let left = ring[organization].map { $0.current == loaded.current ? $0.headroom : 0 } ?? 0
            ring[organization] = Opened(
                keys: loaded.keys, current: loaded.current, headroom: left + loaded.reserved - 1, openedAt: began)
        }
    }

    /// The ids of the key encryption keys at hand, the one that wraps first; looked for anew.
    package func keyIDs() async -> [String] {
        guard let provider = loader.provider as? any RotatingKeyProvider else { return [loader.provider.id] }
        // What it holds goes on working until it is used: then it says what is wrong.
        try? await provider.reload()
        return provider.keys.map(\.id)
    }

    /// Drops the keys of an organization that has none any more; a load that is under way is waited for.
    package func forget(_ organization: OrganizationID) async {
        try? await loads.run(organization) {}
        opened.withLock { $0[organization] = nil }
    }

    /// Reads the keys of every organization at work again. Those that cannot be read now stay until they are too old.
    package func reload() async {
        for organization in opened.withLock({ Array($0.keys) }) { try? await prepare(organization, reload: true) }
    }

    /// Drops every opened key.
    package func forget() { opened.withLock { $0 = [:] } }

    /// The key that seals for an organization; counts one encryption.
    func sealingKey(of organization: OrganizationID) throws -> (DataKeyID, SymmetricKey) {
        try opened.withLock { ring in
            guard let keys = usable(&ring, organization), let key = keys.keys[keys.current] else {
                throw notPrepared(organization)
            }
            guard keys.headroom > -limits.block else {
                throw SecretsError(.exhausted, "No encryption is reserved for \(organization), and the store is away.")
            }
            ring[organization]?.headroom -= 1
            return (keys.current, key)
        }
    }

    /// The key of that id.
    func openingKey(_ id: DataKeyID, of organization: OrganizationID) throws -> SymmetricKey {
        try opened.withLock { ring in
            guard let keys = usable(&ring, organization) else { throw notPrepared(organization) }
            guard let key = keys.keys[id] else {
                // Read again before the next use, whoever it is that comes.
                ring[organization]?.lacksKey = true
                throw SecretsError(.unknownKey, "The data key \(id) is not one of \(organization).")
            }
            return key
        }
    }

    private func isReady(_ organization: OrganizationID) -> Bool {
        opened.withLock { ring in
            guard let keys = usable(&ring, organization) else { return false }
            let freshUntil = keys.openedAt + (limits.cacheAge - limits.callAllowance)
            return !keys.lacksKey && keys.headroom >= limits.block / 2 && uptime() <= freshUntil
        }
    }

    private func usable(_ ring: inout [OrganizationID: Opened], _ organization: OrganizationID) -> Opened? {
        guard let keys = ring[organization] else { return nil }
        if uptime() <= keys.openedAt + limits.cacheAge { return keys }
        ring[organization] = nil
        return nil
    }

    private func notPrepared(_ organization: OrganizationID) -> SecretsError {
        SecretsError(.notPrepared, "The data key of \(organization) is not in memory; prepare it first.")
    }
}
