import FaultPoints
import Logging
import Model
import RefreshProtocol
import Spool
import StoreContract

/// What was received is kept: spool, T3, the deleted entry; and what is recorded where nothing came.
extension RefreshRun {
    /// Bytes before thought (row 11).
    func spool() async -> Owner.Event {
        guard let answer else { return .spoolFailed }
        do {
            try await parts.spoolWrite(answer)
            FaultPoint.spooled.reach()
            return .spooled
        } catch {
            parts.logger.error("spool cannot be written", metadata: ["code": "\(error)"])
            await pause()
            return .spoolFailed
        }
    }

    /// T3 (rows 13–25).
    mutating func commit() async -> Owner.Event {
        guard let answer, let material, let claimed else { return .storeFailed }
        do {
            let stored = try await pipeline.store(
                answer, material: material, line: claimed, timing: timing, actor: actor)
            report.failure = stored.failure
            report.recordedGeneration = stored.recordedGeneration
            keepsRaw = stored.keepsRaw
            report.keepsAnswer = keepsRaw
            return .stepped(stored.outcome)
        } catch {
            return await failed(error)
        }
    }

    func deleteSpoolEntry() async -> Owner.Event {
        do {
            try await parts.putAway(attempt, keepsRaw: keepsRaw)
            FaultPoint.spoolEntryDeleted.reach()
        } catch {
            parts.logger.error("spool entry cannot be deleted", metadata: ["code": "\(error)"])
        }
        return .spoolEntryDeleted
    }

    func record(_ event: LineEvent, _ action: String) async -> Owner.Event {
        guard let material else { return .storeFailed }
        let (lineID, actor, timing, parts) = (lineID, actor, timing, parts)
        do {
            let step = try await pipeline.write(lineID.connection) { transaction -> LineStep? in
                guard let step = try transaction.step(lineID, event, timing: timing) else { return nil }
                try transaction.record(step, of: material.connection, action: action, by: actor, parts: parts)
                return step
            }
            return .stepped(step?.outcome ?? .notMine)
        } catch {
            return await failed(error)
        }
    }
}
