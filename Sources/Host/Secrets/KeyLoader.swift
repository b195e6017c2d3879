import Crypto
import Model

/// What the store and the key provider gave for one organization.
struct LoadedKeys: Sendable {
    var keys: [DataKeyID: SymmetricKey]
    /// The key that seals.
    var current: DataKeyID
    /// Encryptions that were reserved with it just now.
    var reserved: Int
}

/// One load at a time for each organization: whoever comes meanwhile shares it.
actor SharedLoads {
    private var running: [OrganizationID: Task<Void, any Error>] = [:]

    func run(_ organization: OrganizationID, _ load: @escaping @Sendable () async throws -> Void) async throws {
        if let task = running[organization] { return try await task.value }
        // Unstructured, because a waiter that is cancelled must not cancel it for the others.
        let task = Task { try await load() }
        running[organization] = task
        defer { running[organization] = nil }
        try await task.value
    }
}

/// Loads, makes, counts and rotates the keys of organizations.
struct KeyLoader: Sendable {
    let provider: any KeyProvider
    let storage: any DataKeyStorage
    let limits: KeyRing.Limits
    let now: @Sendable () -> Timestamp

    /// All keys of the organization, and as many encryptions reserved that at least half a block is left.
    func load(_ organization: OrganizationID, after known: KeyRing.Opened?) async throws -> LoadedKeys {
        var stored = try await storage.dataKeys(of: organization)
        let current = try await sealingKey(among: &stored, of: organization)
        var keys: [DataKeyID: SymmetricKey] = [:]
        for key in stored { keys[key.id] = try await provider.unwrap(key.wrapped, context: key.context) }
        let left = known?.current == current.id ? known?.headroom ?? 0 : 0
        return LoadedKeys(keys: keys, current: current.id, reserved: try await reserve(current, left: left))
    }

    /// Whether keys can be wrapped and opened, whatever is stored.
    func askProvider() async throws {
        let context = LengthPrefixed("health").bytes
        _ = try await provider.unwrap(
            try await provider.wrap(SymmetricKey(size: .bits256), context: context), context: context)
    }

    /// The eldest key in service; a new one where there is none, or where that one has done its work. It may be one that
    /// another host has made meanwhile.
    private func sealingKey(
        among stored: inout [WrappedDataKey], of organization: OrganizationID
    ) async throws -> WrappedDataKey {
        while true {
            if let key = inService(stored).first(where: { !isSpent($0) }) { return key }
            let spent = inService(stored).filter(isSpent)
            stored = try await storage.add(
                make(for: organization), unlessBeside: Set(stored.map(\.id)))
            for old in spent { try await storage.retire(old.id, organization: organization) }
        }
    }

    private func inService(_ keys: [WrappedDataKey]) -> [WrappedDataKey] {
        keys.filter { !$0.retired }.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    private func isSpent(_ key: WrappedDataKey) -> Bool { key.encryptions + limits.block > limits.encryptions }

    private func make(for organization: OrganizationID) async throws -> WrappedDataKey {
        let id = DataKeyID.random(prefix: "dk_")
        let context = WrappedDataKey.context(organization: organization, id: id)
        let wrapped = try await provider.wrap(SymmetricKey(size: .bits256), context: context)
        return WrappedDataKey(id: id, organization: organization, wrapped: wrapped, createdAt: now())
    }

    /// A block when less than half of one is left, and what was sealed beyond the last one on top.
    private func reserve(_ key: WrappedDataKey, left: Int) async throws -> Int {
        guard left < limits.block / 2 else { return 0 }
        let count = limits.block - min(left, 0)
        _ = try await storage.reserve(count, of: key.id, organization: key.organization)
        return count
    }
}
