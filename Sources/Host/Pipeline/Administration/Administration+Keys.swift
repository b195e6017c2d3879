import FaultPoints
import Foundation
import Logging
package import Model
import RefreshProtocol
package import Secrets
package import StoreContract

/// Key encryption keys.
extension Administration {
    /// What a key encryption key still has to open.
    package struct KeyUse: Sendable {
        package let key: KeptKey
        package let isCurrent: Bool
        /// Data keys that it wraps.
        package var dataKeys = 0
        /// The installation's own secrets that it wraps.
        package var secrets = 0

        /// Whether the store needs it. A backup may need it all the same.
        package var isUsed: Bool { isCurrent || dataKeys + secrets > 0 }
    }

    /// What was wrapped anew.
    package struct Rewrapped: Sendable {
        package var changed = 0
        /// Data keys that no key here opens; they stay as they are.
        package var unreadable: [DataKeyRecord] = []
    }

    /// What another host that lives has said of its keys; no keys where it has said nothing.
    package struct KeysElsewhere: Sendable {
        package let host: HostID
        /// The one that wraps there.
        package let current: String?
        package let all: Set<String>
    }

    /// The keys of the other hosts on this store, as of their last heartbeats.
    package func keysElsewhere() async throws -> [KeysElsewhere] {
        guard !parts.store.isExclusive else { return [] }
        let (host, heartbeat) = (parts.host, parts.settings.timing.heartbeat)
        let others = try await pipeline.wrapping {
            try await parts.store.read { try $0.otherHosts(than: host, heartbeat: heartbeat) }
        }
        return others.map { KeysElsewhere(host: $0.id, current: $0.facts?.key, all: $0.facts?.keys ?? []) }
    }

    /// Every host that lives wraps with that key: what is wrapped with it they open, and under an older one comes nothing
    /// new. Files that were copied a moment ago are noticed with a heartbeat, which is waited for.
    /// - Throws: `invalid_input` with the host that does not, and what to do there.
    private func requireEverywhere(_ key: String) async throws {
        let patience = parts.settings.timing.heartbeat * 3
        let began = HostClock.now
        var behind = try await keysElsewhere().filter { $0.current != key }
        while !behind.isEmpty, !pipeline.isDraining, HostClock.now - began < patience {
            try await Task.sleep(for: .milliseconds(200))
            behind = try await keysElsewhere().filter { $0.current != key }
        }
        guard let other = behind.first else { return }
        throw PipelineError.invalid(
            "keys",
            "\(other.host) wraps with \(other.current ?? "a key that it does not tell"), not with \(key); copy the files of "
                + "the keys there, that of KEY_PROVIDER itself last, or end that host and wait \(patience.components.seconds) s"
        )
    }

    /// The id of the key encryption key that wraps a data key; nil where it cannot be told.
    package func keyID(of key: DataKeyRecord) -> String? {
        (keys as? any RotatingKeyProvider)?.keyID(of: key.wrapped)
    }

    /// Every key encryption key there is, the one in use first. Looks anew which there are.
    package func keyUse() async throws -> [KeyUse] {
        guard let provider = keys as? any RotatingKeyProvider else { return [] }
        try await provider.reload()
        let (dataKeys, secrets) = try await pipeline.wrapping {
            try await parts.store.read { reader in
                (
                    try reader.organizations().flatMap { try reader.dataKeys(of: $0).map(\.wrapped) },
                    try InstallationSeal.allCases.compactMap { try reader.setting($0.rawValue) }
                )
            }
        }
        let wraps = Dictionary(grouping: dataKeys) { provider.keyID(of: $0) }.mapValues(\.count)
        let seals = Dictionary(grouping: secrets) { provider.keyID(of: $0) }.mapValues(\.count)
        return provider.keys.map {
            KeyUse(
                key: $0, isCurrent: $0.id == provider.id, dataKeys: wraps[$0.id] ?? 0, secrets: seals[$0.id] ?? 0)
        }
    }

    /// Whether something that is stored opens with another key than the one in use alone. What no key here opens does not
    /// count, as in `rewrapKeys`.
    func needsOlderKey() async throws -> Bool {
        guard let provider = keys as? any RotatingKeyProvider else { return false }
        let (dataKeys, seals) = try await pipeline.wrapping {
            try await parts.store.read { reader in
                (
                    try reader.organizations().flatMap { try reader.dataKeys(of: $0) },
                    try InstallationSeal.allCases.map { ($0, try reader.setting($0.rawValue)) }
                )
            }
        }
        for key in dataKeys where await Self.isOlder(key.wrapped, Self.context(of: key), provider) { return true }
        for case (let seal, let sealed?) in seals where await Self.isOlder(sealed, seal.context, provider) {
            return true
        }
        return false
    }

    private static func isOlder(_ wrapped: Data, _ context: Data, _ provider: any RotatingKeyProvider) async -> Bool {
        // Nil where the key in use wraps it, an error where nothing opens it.
        (try? await provider.rewrap(wrapped, context: context)) != nil
    }

    private static func context(of key: DataKeyRecord) -> Data {
        WrappedDataKey(
            id: DataKeyID(key.id), organization: key.organization, wrapped: key.wrapped, createdAt: key.createdAt
        ).context
    }

    /// Makes a key encryption key and wraps with it from now on; what others wrapped stays as it is.
    /// - Returns: the ids of the key before and the new one.
    package func rotateKey(by user: String) async throws -> (old: String, new: String) {
        let provider = try rotating()
        return try await pipeline.wrapping {
            let old = provider.id
            try await note("keys_rotate", "from \(old)", by: user)
            let new = try await provider.makeKey()
            FaultPoint.keyMade.reach()
            try await provider.use(new)
            FaultPoint.keyInUse.reach()
            try await note("keys_rotate", "to \(new)", by: user)
            return (old, new)
        }
    }

    /// Wraps all that the key encryption keys wrap with the one in use, one after the other: what was done stays done.
    /// - Parameter progress: from 0 to 1.
    package func rewrapKeys(
        by user: String, progress: @escaping @Sendable (Double) -> Void
    ) async throws -> Rewrapped {
        let provider = try rotating()
        return try await pipeline.wrapping {
            try await provider.reload()
            try await requireEverywhere(provider.id)
            try await note("keys_rewrap", "begun under \(provider.id)", by: user)
            var done = Rewrapped()
            let organizations = try await organizations()
            for (index, organization) in organizations.enumerated() {
                for key in try await dataKeys(of: organization) { try await rewrap(key, provider, &done) }
                progress(Double(index + 1) / Double(organizations.count + 1))
            }
            for seal in InstallationSeal.allCases { try await rewrap(seal, provider, &done) }
            try await note(
                "keys_rewrap", "\(done.changed) under \(provider.id), \(done.unreadable.count) unreadable", by: user)
            progress(1)
            return done
        }
    }

    private func rewrap(
        _ key: DataKeyRecord, _ provider: any RotatingKeyProvider, _ done: inout Rewrapped
    ) async throws {
        do {
            guard let new = try await provider.rewrap(key.wrapped, context: Self.context(of: key)) else { return }
            if try await parts.store.write({ try $0.rewrap(dataKey: key.id, from: key.wrapped, to: new) }) {
                done.changed += 1
                FaultPoint.dataKeyRewrapped.reach()
            }
        } catch let error as SecretsError {
            // One that was damaged must not keep the others under an old key.
            done.unreadable.append(key)
            parts.logger.error(
                "a data key cannot be wrapped anew", metadata: ["org": "\(key.organization)", "code": "\(error)"])
        }
    }

    private func rewrap(
        _ seal: InstallationSeal, _ provider: any RotatingKeyProvider, _ done: inout Rewrapped
    ) async throws {
        guard let old = try await parts.store.read({ try $0.setting(seal.rawValue) }),
            let new = try await provider.rewrap(old, context: seal.context)
        else { return }
        try await parts.store.write { transaction in
            guard try transaction.setting(seal.rawValue) == old else { return }
            try transaction.set(new, for: seal.rawValue)
        }
        done.changed += 1
    }

    private func rotating() throws -> any RotatingKeyProvider {
        guard let provider = keys as? any RotatingKeyProvider else {
            throw PipelineError.invalid("KEY_PROVIDER", "\(keys.id) is rotated by its own tools")
        }
        return provider
    }
}
