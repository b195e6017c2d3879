import Foundation
import Logging
import Model
import RefreshProtocol
import ServiceLifecycle
import Spool
import StoreContract

/// Carries what this host has presented into a store that went back (PROTOCOL.md §9): only its own journal and spool know
/// it, and the operator asks one host about all lines. Once for each epoch; until then `connections verify` waits for it.
struct PresentationTeller: Service {
    let parts: PipelineParts

    func run() async throws {
        var told: Int64 = 1
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let epoch = parts.epoch
            if told < epoch {
                do {
                    try await tell(epoch)
                    told = epoch
                } catch {
                    parts.logger.error(
                        "what this host has presented before the store went back is not entered yet",
                        metadata: ["code": "\(error)"])
                }
            }
            let pause = Duration.seconds(told < epoch ? 10 : 1)
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
    }

    /// Of lines in VERIFY; then says that this is all.
    private func tell(_ epoch: Int64) async throws {
        let host = parts.host
        guard try await parts.store.read({ try $0.epochTold(by: host) }) < epoch else { return }
        // One organization's keys hold up nobody: what is kept of it the journal knows, as long as it goes back.
        let known = try await KnownPresentations(parts, needsAll: false)
        guard !known.isNameless else { throw SpoolError(.unreadable, "A spool entry cannot say whose it is") }
        // Below all that the new epoch sends, also where not even the journal says when it was.
        let fences = known.fences.mapValues { min($0, epoch << 32 - 1) }
        var left = fences.sorted { ($0.key.connection, $0.key.name) > ($1.key.connection, $1.key.name) }
        while !left.isEmpty {
            let some = Array(left.suffix(100))
            left.removeLast(some.count)
            try await tell(some.reversed())
        }
        try await parts.store.write { try $0.set(Data(String(epoch).utf8), for: Self.entry(of: host)) }
    }

    private func tell(_ fences: [(key: LineID, value: Int64)]) async throws {
        let unknown = try await parts.store.read { reader in
            try fences.filter { id, fence in try reader.line(id)?.isOvertaken(by: fence) == true }
        }
        guard !unknown.isEmpty else { return }
        let (host, boot, timing) = (parts.host, parts.spool.boot, parts.settings.timing)
        try await parts.store.write { transaction in
            for (line, fence) in unknown {
                // Named by what it says, so that saying it twice is the same.
                let presented = Presented(
                    attempt: AttemptID("journal-\(host)-\(line.connection)-\(line.name)-\(fence)"),
                    grant: GrantID(""), generationIn: 0, fence: fence, host: host, boot: boot)
                _ = try transaction.step(line, .recallPresentation(presented), timing: timing)
            }
        }
    }

    fileprivate static func entry(of host: HostID) -> String { "entered/\(host)" }
}

extension StoreReader {
    /// The last epoch in which a host has entered what it had presented before.
    fileprivate func epochTold(by host: HostID) throws -> Int64 {
        try setting(asItIs: PresentationTeller.entry(of: host)).flatMap { Int64(String(decoding: $0, as: UTF8.self)) }
            ?? 1
    }

    /// The other hosts that have not done so in the epoch of now and are not given up: what they have presented nobody
    /// else knows.
    func hostsUnheard(in epoch: Int64, besides own: HostID) throws -> [HostID] {
        try hosts().filter { try $0.id != own && !$0.lost && epochTold(by: $0.id) < epoch }.map(\.id)
    }
}
