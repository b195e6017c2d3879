import Logging
import Model
import Secrets
import Spool
import StoreContract

extension TokenPipeline {
    /// A heartbeat with a look at the store. In another epoch nothing that was in memory counts (PROTOCOL.md §9).
    func lookAtStore() async throws {
        try await parts.epochs.look { [cache, parts] in
            cache.clear()
            // Keys whose count went back are retired: nothing is sealed with them any more (SECURITY 22).
            await parts.keyRing.reload()
        }
    }

    /// A transaction that may present something: one that meets another store than was looked at is a doubt.
    func writeDoubting<Result: Sendable>(
        _ connection: ConnectionID, _ body: @escaping @Sendable (any StoreTransaction) throws -> Result
    ) async throws -> Result {
        do { return try await write(connection, body) } catch {
            parts.epochs.doubt(after: error)
            throw error
        }
    }

    /// At a doubt, without waiting for the next heartbeat. Nobody waits for it: heartbeats try again what fails here.
    func lookSoon() {
        Task {
            do { try await lookAtStore() } catch {
                parts.logger.error("the store cannot be looked at", metadata: ["code": "\(error)"])
            }
        }
    }
}

extension PipelineParts {
    /// Holds a transaction that may present something to what was known before it was issued (PROTOCOL.md §9).
    func require(_ known: EpochKeeper.Known, in transaction: any StoreTransaction) throws {
        // Where this process is the only writer, its marks tell enough.
        if !known.isExclusive { try transaction.require(known.sight) }
    }

    /// Draws a mark and looks whether the store went back (PROTOCOL.md §9).
    /// - Parameter known: From before the transaction was issued: other marks of this host may be drawn and committed since.
    func drawMark(in transaction: any StoreTransaction, known: EpochKeeper.Known) throws -> Int64 {
        try held(transaction.drawMark(), known)
    }

    /// The same together with what the transaction asks next; to be called after that.
    func drawMarkLater(
        in transaction: any StoreTransaction, known: EpochKeeper.Known
    ) throws -> () throws -> Int64 {
        let drawn = try transaction.drawMarkLater()
        return { try held(drawn(), known) }
    }

    private func held(_ mark: Int64, _ known: EpochKeeper.Known) throws -> Int64 {
        if known.memory.contradicts(drawn: mark) { throw wentBack(known) }
        return mark
    }

    /// The store shows a line as it was before a presentation of this host.
    /// - Parameter noted: The line's fence in the journal, from before the transaction was issued.
    func requireFence(_ fence: Int64, noted: Int64?, known: EpochKeeper.Known) throws {
        if StoreMemory.contradicts(fence: fence, noted: noted) { throw wentBack(known) }
    }

    private func wentBack(_ known: EpochKeeper.Known) -> StoreError {
        epochs.doubt(proof: known.memory.epoch)
        return StoreError(
            .unavailable, "it shows an older state than this host has seen: it was restored or rolled back")
    }
}
