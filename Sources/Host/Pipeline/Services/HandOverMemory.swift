package import Model
package import RefreshProtocol
import Spool
package import StoreContract

/// What was handed over, carried into a store that went back: another host has what the line presents, whatever that
/// store says (`connections export --hand-over`).
extension HandOver {
    /// Notes outside the store what it knows as handed over and no note tells of: an earlier version made none, and notes go
    /// with a spool that is lost. The mark comes first, so that a start that dies half way is followed by one that does it
    /// again: a store from before it counts as one that went back.
    static func note(knownTo store: any Store, in spool: SpoolFolder) async throws {
        let host = spool.host
        // Of a shared store each host notes its own.
        let known = try await store.read { reader in
            try Self.all(of: store.isExclusive ? Set(reader.hosts().map(\.id) + [host]) : [host], in: reader)
        }
        guard !known.isEmpty else { return }
        let noted = Set(try spool.handOvers.read().handOvers.map(\.attempt))
        let missing = known.filter { !noted.contains($0.attempt) }
        guard !missing.isEmpty else { return }
        try await spool.journal.note(mark: store.write { try $0.drawMark() })
        for handOver in missing { try await spool.handOvers.add(handOver) }
    }

    /// Those that a store knows of these hosts, and that nobody has taken back.
    private static func all(of hosts: Set<HostID>, in reader: any StoreReader) throws -> [HandOver] {
        let lines = Set(try hosts.flatMap { try reader.lines(withPendingAttemptsOf: $0) })
        return try lines.compactMap { try reader.line($0) }.flatMap { line in
            line.attempts.filter(line.isHandOver).map { HandOver($0, of: line.id) }
        }
    }

    /// Enters those that a store does not know. One that it knows as taken back stays so.
    package static func recall(_ handOvers: [HandOver], in store: any Store, timing: Timing) async throws {
        for handOver in handOvers {
            try await store.write { _ = try $0.step(handOver.line, .recallHandOver(handOver), timing: timing) }
        }
    }
}

extension PipelineParts {
    /// Notes a hand-over outside the store, with the mark of its transaction: a store from before it counts as one that
    /// went back. Until this returns nobody may be given what was handed over.
    func remember(_ handOver: HandOver, mark: Int64) async throws {
        try await spool.handOvers.add(handOver)
        try await journal.note(mark: mark)
    }
}
