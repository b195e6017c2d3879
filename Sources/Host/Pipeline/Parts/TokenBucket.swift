package import ConnectorSDK
package import Model

/// So many calls in a time, refilled evenly.
package struct TokenBucket: Sendable {
    private let limit: RateLimit
    private var level: Double
    private var at: Timestamp
    /// Until when the last one that was not there had to wait.
    private var refusedUntil: Timestamp?

    /// A full one.
    package init(_ limit: RateLimit, at now: Timestamp) {
        self.limit = limit
        level = Double(limit.count)
        at = now
    }

    /// Takes one; or says when the next one is there.
    package mutating func take(at now: Timestamp) -> Timestamp? {
        level = level(at: now)
        at = now
        guard level < 1 else {
            level -= 1
            return nil
        }
        let until = now + .milliseconds(Int64(((1 - level) / perMillisecond).rounded(.up)))
        refusedUntil = until
        return until
    }

    /// Somebody was refused, and would be still.
    package func isRefusing(at now: Timestamp) -> Bool { level < 1 && refusedUntil.map { now < $0 } ?? false }

    /// Nothing is missing: a new one would be the same.
    package func isFull(at now: Timestamp) -> Bool { level(at: now) >= Double(limit.count) }

    mutating func giveBack() { level = min(Double(limit.count), level + 1) }

    private func level(at now: Timestamp) -> Double {
        min(Double(limit.count), level + Double(max(0, (now - at).inMilliseconds)) * perMillisecond)
    }

    private var perMillisecond: Double { Double(limit.count) / max(1, Double(limit.per.inMilliseconds)) }
}
