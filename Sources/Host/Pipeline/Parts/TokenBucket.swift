package import ConnectorSDK
package import Model

/// So many requests in a time, refilled evenly: for callers, who are owed a rate. What providers count is `CallWindow`.
package struct TokenBucket: Sendable {
    private let limit: RateLimit
    private var level: Double
    private var at: Timestamp

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
        return now + .milliseconds(Int64(((1 - level) / perMillisecond).rounded(.up)))
    }

    /// Nothing is missing: a new one would be the same.
    package func isFull(at now: Timestamp) -> Bool { level(at: now) >= Double(limit.count) }

    private func level(at now: Timestamp) -> Double {
        min(Double(limit.count), level + Double(max(0, (now - at).inMilliseconds)) * perMillisecond)
    }

    private var perMillisecond: Double { Double(limit.count) / max(1, Double(limit.per.inMilliseconds)) }
}
