import Locks
import Model
import StoreContract

/// Asks the store for the stamps of lines, many readers with one statement. A reader joins a batch only before it is sent,
/// so what it hears was read after it asked (PROTOCOL.md §8). No thread waits for a reader.
final class StampReads: Sendable {
    typealias Ask = @Sendable (Set<LineID>) async throws -> [LineID: LineStamp]

    private struct Reader {
        let line: LineID
        let answer: CheckedContinuation<LineStamp?, any Error>
    }

    private struct Batch {
        let number: UInt64
        var readers: [Reader] = []
    }

    private struct State {
        var number: UInt64 = 0
        /// Not sent yet.
        var gathering: Batch?
        /// Sent, and its readers still wait.
        var sent: [UInt64: [Reader]] = [:]
        /// Statements under way; some are no longer waited for.
        var running = 0
    }

    private let limit: Int
    private let patience: Duration
    private let ask: Ask
    private let state = Locked(State())
    private let alarms = Alarms()

    /// - Parameters:
    ///   - limit: Statements at the same time; readers beyond gather for the next.
    ///   - patience: After that a store that has not answered counts as away.
    init(limit: Int = 2, patience: Duration = .seconds(1), ask: @escaping Ask) {
        self.limit = limit
        self.patience = patience
        self.ask = ask
    }

    /// The line's stamp at a moment after this was called; nil when it is not there.
    /// - Throws: what the store throws; `StoreError.Code.unavailable` when it takes too long.
    func stamp(of line: LineID) async throws -> LineStamp? {
        try await withCheckedThrowingContinuation { continuation in
            let begun: (isHanging: Bool, new: UInt64?) = state.withLock { state in
                // All that was sent is overdue: nobody else waits for it.
                if isHanging(state) { return (true, nil) }
                let isNew = state.gathering == nil
                if isNew {
                    state.number += 1
                    state.gathering = Batch(number: state.number)
                }
                state.gathering?.readers.append(Reader(line: line, answer: continuation))
                return (false, isNew ? state.number : nil)
            }
            if begun.isHanging { return continuation.resume(throwing: Self.late) }
            guard let number = begun.new else { return }
            sendNext()
            alarms.set(after: patience) { self.expire(number) }
        }
    }

    /// Readers whose statement is not sent yet.
    var waiting: Int { state.withLock { $0.gathering?.readers.count ?? 0 } }

    /// Whether the store answers nobody.
    var isHanging: Bool { state.withLock { isHanging($0) } }

    private func isHanging(_ state: State) -> Bool { state.running >= limit && state.sent.isEmpty }

    private static let late = StoreError(.unavailable, "the store does not answer in time")

    private func expire(_ number: UInt64) {
        let late = state.withLock { state -> [Reader] in
            if let sent = state.sent.removeValue(forKey: number) { return sent }
            guard let batch = state.gathering, batch.number == number else { return [] }
            state.gathering = nil
            return batch.readers
        }
        for reader in late { reader.answer.resume(throwing: Self.late) }
    }

    private func sendNext() {
        let next = state.withLock { state -> Batch? in
            guard state.running < limit, let batch = state.gathering else { return nil }
            state.gathering = nil
            state.running += 1
            state.sent[batch.number] = batch.readers
            return batch
        }
        guard let next else { return }
        // Of its own: whoever began a batch must not take it along when it is cancelled.
        Task { [self] in
            let result: Result<[LineID: LineStamp], any Error>
            do { result = .success(try await ask(Set(next.readers.map(\.line)))) } catch { result = .failure(error) }
            let readers = state.withLock { state in
                state.running -= 1
                return state.sent.removeValue(forKey: next.number) ?? []
            }
            sendNext()
            for reader in readers { reader.answer.resume(with: result.map { $0[reader.line] }) }
        }
    }
}
