import Model
package import RefreshProtocol

import struct Foundation.Data

/// From when on the silence of hosts counts (PROTOCOL.md §6): while nobody was heard it was the store that could not be
/// reached, and whoever holds an answer has had no chance to say so.
enum Silence {
    static let name = "silence"

    static func since(in reader: some StoreReader) throws -> Timestamp {
        let stored = try reader.setting(asItIs: name).flatMap { Int64(String(decoding: $0, as: UTF8.self)) }
        return stored.map(Timestamp.init(milliseconds:)) ?? .distantPast
    }
}

extension StoreTransaction {
    /// To be called with each heartbeat on a store of several hosts, before it is noted: where no host was heard for
    /// three heartbeats everybody's silence begins now.
    package func noteSilence(of hosts: [HostRecord], timing: Timing) throws {
        guard let newest = hosts.map(\.heartbeatAt).max(), now - newest >= timing.longestUnheard else { return }
        let since = max(now, try Silence.since(in: self))
        try set(Data(String(since.milliseconds).utf8), for: Silence.name)
    }
}

extension StoreReader {
    /// The hosts as a step may judge their silence.
    func hostFacts(timing: Timing) throws -> [HostID: RefreshProtocol.HostFact] {
        let facts = Dictionary(
            try hosts().map { host in
                let boot = host.boot == .unsettled ? nil : host.boot
                return (host.id, RefreshProtocol.HostFact(heartbeatAt: host.heartbeatAt, lost: host.lost, boot: boot))
            }, uniquingKeysWith: { first, _ in first })
        return RefreshProtocol.HostFact.heard(facts, since: try Silence.since(in: self), now: now, timing: timing)
    }
}
