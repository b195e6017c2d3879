import Foundation
import Locks
package import Model
import Threads

/// The host's own note of every presentation, on disk before its first byte (row 8). After a crash it tells which attempts
/// can have left (row 26); besides it keeps the highest mark and the last fences outside the store (PROTOCOL.md §9).
package final class Journal: Sendable {
    /// What may have become of an attempt of an earlier boot.
    package enum Verdict: Sendable, Hashable {
        /// It has a line: bytes may have left.
        case mayHaveLeft
        /// It has no line, and would have one: no byte left.
        case neverLeft
        /// Its line may have been lost or have grown old: no statement.
        case unknown
    }

    /// How much is kept.
    package struct Limits: Sendable {
        /// Lines of a segment.
        package var lines = 10_000
        /// Segments kept.
        package var segments = 3

        package init() {}
    }

    private struct Waiting {
        let note: JournalNote
        let bytes: Data
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var waiting: [Waiting] = []
        var isWriting = false
    }

    private let state = Locked(State())
    private let files: JournalFiles
    private let queue = DispatchQueue(label: "journal")
    /// Lines that are damaged, as `file:line`; for the log.
    package let damage: [String]

    /// - Parameters:
    ///   - now: Store time.
    ///   - isLost: It is known that lines are lost: nothing sent until now can be judged.
    init(folder: String, limits: Limits, disk: Disk, now: Timestamp, isLost: Bool) throws {
        let opened = try JournalFiles.open(folder: folder, limits: limits, disk: disk, now: now, isLost: isLost)
        files = opened.files
        damage = opened.damage
    }

    /// Writes a line and returns when it is on disk. Lines that come while another is written share one sync.
    /// - Throws: `SpoolError` with `.disk`: then nothing may be sent.
    package func append(_ line: JournalLine) async throws { try await write(.presentation(line)) }

    /// Notes a mark of the store that no presentation of this host had: one of a new epoch, or another host's. Returns when
    /// it is on disk; at once for one that is not above `highestMark`.
    /// - Throws: `SpoolError` with `.disk`.
    package func note(mark: Int64) async throws {
        guard mark > highestMark else { return }
        try await write(.mark(mark))
    }

    private func write(_ note: JournalNote) async throws {
        let bytes = try CheckedText.write(note.fields)
        try await withCheckedThrowingContinuation { continuation in
            let mustStart = state.withLock { state in
                state.waiting.append(Waiting(note: note, bytes: bytes, continuation: continuation))
                defer { state.isWriting = true }
                return !state.isWriting
            }
            // Whoever comes first, and may wait, writes for everybody who is there by then; for the rest the queue does.
            let isDone = mustStart && WaitingThreads.isCurrent && !writeBatch()
            if mustStart, !isDone { queue.async { while self.writeBatch() {} } }
        }
    }

    /// Whether the journal has a line of the attempt. Its absence proves nothing by itself: see `verdict`.
    package func contains(_ attempt: AttemptID) -> Bool { files.knowledge.withLock { $0.contains(attempt) } }

    /// What row 26 may say of an attempt of an earlier boot.
    /// - Parameter sentAt: As the attempt's row has it, and its line had it.
    package func verdict(on attempt: AttemptID, sentAt: Timestamp) -> Verdict {
        files.knowledge.withLock { knowledge in
            if knowledge.contains(attempt) { return .mayHaveLeft }
            return sentAt > knowledge.horizon ? .neverLeft : .unknown
        }
    }

    /// False when the journal or the spool was found missing, or lines of it damaged: then `contains` proves nothing,
    /// and `verdict` knows only what was sent since.
    package var isComplete: Bool { files.knowledge.withLock { !$0.wasLost } }

    /// The highest mark ever noted here; 0 if none.
    package var highestMark: Int64 { files.knowledge.withLock { $0.highestMark } }

    /// The highest fence noted for a line, if the kept segments name it.
    package func lastFence(of line: LineID) -> Int64? { files.knowledge.withLock { $0.lastFence(of: line) } }

    /// The same for every line that the kept segments name.
    package var lastFences: [LineID: Int64] { files.knowledge.withLock { $0.lastFences } }

    /// The newest lines, at most 1,000, in the order written.
    package func recent(_ count: Int = 1000) -> [JournalLine] { files.knowledge.withLock { $0.recent(count) } }

    /// How many appends wait that nobody writes yet.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Writes what waits, and says whether more has come since; if not, the next append begins anew.
    private func writeBatch() -> Bool {
        let batch = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        let result = Result { try files.append(batch.map(\.note), Data(batch.map(\.bytes).joined())) }
        for waiting in batch { waiting.continuation.resume(with: result) }
        return state.withLock { state in
            state.isWriting = !state.waiting.isEmpty
            return state.isWriting
        }
    }
}
