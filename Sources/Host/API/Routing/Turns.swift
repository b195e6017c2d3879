import Locks

/// One call at a time for a key; whoever comes meanwhile waits for its turn, in order.
final class Turns: Sendable {
    /// Who waits, by key; an entry stands for a call that runs.
    private let waiting = Locked<[String: [CheckedContinuation<Void, Never>]]>([:])

    func taking<Result>(_ key: String, _ body: () async throws -> Result) async rethrows -> Result {
        await withCheckedContinuation { continuation in
            let isFree = waiting.withLock { waiting in
                guard waiting[key] != nil else {
                    waiting[key] = []
                    return true
                }
                waiting[key]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        defer { pass(key) }
        return try await body()
    }

    private func pass(_ key: String) {
        let next = waiting.withLock { waiting -> CheckedContinuation<Void, Never>? in
            guard waiting[key]?.isEmpty == false else {
                waiting[key] = nil
                return nil
            }
            return waiting[key]?.removeFirst()
        }
        next?.resume()
    }
}
