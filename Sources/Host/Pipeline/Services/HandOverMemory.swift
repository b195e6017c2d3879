package import Model
package import RefreshProtocol
import Spool
package import StoreContract

/// What was handed over, carried into a store that went back: another host has what the line presents, whatever that
/// store says (`connections export --hand-over`).
extension HandOver {
    /// Those that a store knows, and that nobody has taken back.
    package static func all(in reader: any StoreReader) throws -> [HandOver] {
        var (found, last): ([HandOver], LineID?) = ([], nil)
        repeat {
            let page = try reader.lines(after: last, limit: 200)
            for id in page {
                guard let line = try reader.line(id), line.isHandedOver else { continue }
                found += line.attempts.filter(line.isHandOver).map { HandOver($0, of: id) }
            }
            last = page.last
        } while last != nil
        return found
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
