import Locks
import Model
import Threads

/// The provider calls that run in this process: refreshes one per line, exchanges, and steps one per connection. An
/// optimization for refreshes, whose correctness is the store's (STYLE.md, rule 5); for all of them the list that a
/// shutdown waits for.
final class InFlight: Sendable {
    private struct Run {
        let pending: Pending<RunReport>
        let task: Task<Void, Never>
    }

    private struct State {
        var runs: [LineID: Run] = [:]
        /// Exchanges, by the line that they fill.
        var exchanges: [LineID: Int] = [:]
        /// Steps, one after the other of a connection.
        var steps: [ConnectionID: Pending<Void>] = [:]
        /// Commands of operators that hand something over, and take it back when they are cut short.
        var handOvers = 0
    }

    private let state = Locked(State())
    private let alarms = Alarms()

    /// Joins the running refresh of a line, or starts one after whatever the last one still has to put away. The run is
    /// a task of its own: no caller can cancel it (F12).
    func join(
        _ line: LineID, start: @escaping @Sendable (Pending<RunReport>) async -> Void
    ) -> (pending: Pending<RunReport>, joined: Bool) {
        state.withLock { state in
            let last = state.runs[line]
            if let last, !last.pending.isSettled { return (last.pending, true) }
            let pending = Pending<RunReport>(alarms: alarms)
            // Unstructured on purpose: the call must outlive every caller (PROTOCOL.md row 10, mutation M19).
            // On threads that may wait: nearly all that a run does is to wait for the disk.
            let task = Task.detached(executorPreference: WaitingThreads.shared) {
                await last?.task.value
                await start(pending)
                self.state.withLock { if $0.runs[line]?.pending === pending { $0.runs[line] = nil } }
            }
            state.runs[line] = Run(pending: pending, task: task)
            return (pending, false)
        }
    }

    /// Runs an exchange, which a shutdown has to wait for too; whoever asked may leave.
    func exchange<Result: Sendable>(
        into line: LineID, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await begin(into: line, body).value
    }

    /// The same without waiting for it. It counts from now on.
    @discardableResult
    private func begin<Result: Sendable>(
        into line: LineID, _ body: @escaping @Sendable () async throws -> Result
    ) -> Task<Result, any Error> {
        state.withLock { $0.exchanges[line, default: 0] += 1 }
        // Unstructured on purpose: a caller that leaves must not lose the answer (F12).
        return Task.detached(executorPreference: WaitingThreads.shared) {
            defer {
                self.state.withLock { state in
                    let left = state.exchanges[line, default: 1] - 1
                    state.exchanges[line] = left > 0 ? left : nil
                }
            }
            return try await body()
        }
    }

    /// Tries something until it has worked, for nobody but a shutdown to wait for.
    func insist(into line: LineID, _ works: @escaping @Sendable () async -> Bool) {
        begin(into: line) { while !(await works()) {} }
    }

    /// Joins the running steps of a connection, or starts them. A task of its own, as above.
    func steps(
        of connection: ConnectionID, _ body: @escaping @Sendable () async -> Void
    ) -> (pending: Pending<Void>, joined: Bool) {
        state.withLock { state in
            if let running = state.steps[connection] { return (running, true) }
            let pending = Pending<Void>(alarms: alarms)
            state.steps[connection] = pending
            Task.detached {
                await body()
                self.state.withLock { $0.steps[connection] = nil }
                pending.settle(())
            }
            return (pending, false)
        }
    }

    /// Makes a shutdown wait for a command that would leave connections handed over to nobody; `endHandOver` follows.
    func beginHandOver() { state.withLock { $0.handOvers += 1 } }

    func endHandOver() { state.withLock { $0.handOvers -= 1 } }

    /// Whether a call for that line runs now.
    func isRunning(_ line: LineID) -> Bool {
        state.withLock {
            $0.runs[line] != nil || $0.exchanges[line] != nil || $0.steps[line.connection] != nil
        }
    }

    /// Whether a call for any of these connections runs now.
    func isBusy(with connections: Set<ConnectionID>) -> Bool {
        state.withLock { state in
            state.runs.keys.contains { connections.contains($0.connection) }
                || state.exchanges.keys.contains { connections.contains($0.connection) }
                || state.steps.keys.contains { connections.contains($0) }
        }
    }

    /// Connections whose steps run now.
    var stepping: Set<ConnectionID> { state.withLock { Set($0.steps.keys) } }

    /// How many calls, and commands like them, run now.
    var count: Int { state.withLock { $0.runs.count + $0.exchanges.count + $0.steps.count + $0.handOvers } }
}
