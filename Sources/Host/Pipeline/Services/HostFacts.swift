import Foundation
import Model
import StoreContract

/// What a host works with that is its own and should be the same everywhere: key encryption keys and definitions. Each host
/// keeps its entry in the store, so that the others know what it lacks and what it has.
struct HostFacts: Sendable, Hashable, Codable {
    /// The key encryption key that wraps.
    var key: String
    /// All that unwrap.
    var keys: Set<String>
    /// The definitions in force, by id, each with the beginning of the digest of its file and of those that it extends.
    var definitions: [String: String]

    /// The definitions that another host has not, or another version of.
    func differing(from other: HostFacts) -> Set<String> {
        Set(definitions.keys).union(other.definitions.keys).filter { definitions[$0] != other.definitions[$0] }
    }
}

/// Another host that lives; nil facts: it has said nothing yet, or is of an earlier version.
struct OtherHost: Sendable, Hashable {
    var id: HostID
    var facts: HostFacts?
}

extension StoreReader {
    func facts(of host: HostID) throws -> HostFacts? {
        // One that cannot be read is of another version.
        try setting(HostFacts.name(of: host)).flatMap { try? JSONDecoder().decode(HostFacts.self, from: $0) }
    }

    /// The other hosts whose heartbeat is fresh.
    func otherHosts(than own: HostID, heartbeat: Duration) throws -> [OtherHost] {
        try hosts().filter { $0.id != own && $0.isFresh(at: now, heartbeat: heartbeat) }
            .map { OtherHost(id: $0.id, facts: try facts(of: $0.id)) }
    }
}

extension StoreTransaction {
    func set(_ facts: HostFacts, of host: HostID) throws {
        try set(try JSONEncoder().encode(facts), for: HostFacts.name(of: host))
    }
}

extension HostFacts {
    fileprivate static func name(of host: HostID) -> String { "host/\(host)" }
}

extension HostRecord {
    /// Whether it has spoken within three heartbeats.
    func isFresh(at now: Timestamp, heartbeat: Duration) -> Bool { now - heartbeatAt < heartbeat * 3 }
}
