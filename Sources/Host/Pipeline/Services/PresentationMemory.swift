import Foundation
import Model
import RefreshProtocol
import Spool
import StoreContract

/// What this host has presented, carried into a store that went back (PROTOCOL.md §9). Only its own journal knows it, and
/// the operator asks one host about all lines.
enum PresentationMemory {
    /// Enters the presentations of lines that wait in VERIFY, and then that this host has. Once for each epoch.
    static func enter(_ epoch: Int64, in store: any Store, spool: SpoolFolder, timing: Timing) async throws {
        let host = spool.host
        guard !store.isExclusive, try await store.read({ try $0.epochEntered(by: host) }) < epoch else { return }
        var left = Array(spool.journal.lastFences)
        while !left.isEmpty {
            let some = Array(left.suffix(100))
            left.removeLast(some.count)
            let unknown = try await store.read { reader in
                try some.filter { id, fence in
                    guard let line = try reader.line(id), line.state == .verify else { return false }
                    return fence > line.current?.fence ?? .min
                }
            }
            for (line, fence) in unknown {
                // Made of what it says, so that saying it twice is the same.
                let presented = Presented(
                    attempt: AttemptID("journal-\(host)-\(line.connection)-\(line.name)-\(fence)"), grant: GrantID(""),
                    generationIn: 0, fence: fence, host: host, boot: spool.boot)
                try await store.write { _ = try $0.step(line, .recallPresentation(presented), timing: timing) }
            }
        }
        try await store.write { try $0.set(Data(String(epoch).utf8), for: entry(of: host)) }
    }

    fileprivate static func entry(of host: HostID) -> String { "entered/\(host)" }
}

extension StoreReader {
    /// The last epoch in which a host has entered what it had presented before.
    fileprivate func epochEntered(by host: HostID) throws -> Int64 {
        try setting(asItIs: PresentationMemory.entry(of: host)).flatMap { Int64(String(decoding: $0, as: UTF8.self)) }
            ?? 1
    }

    /// The hosts that have not entered it in the epoch of now, and are not given up: what they have presented nobody else
    /// knows.
    func hostsUnheard(in epoch: Int64) throws -> [HostID] {
        try hosts().filter { try !$0.lost && epochEntered(by: $0.id) < epoch }.map(\.id)
    }
}
