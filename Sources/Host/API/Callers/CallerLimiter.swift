import ConnectorSDK
import Locks
import Model
import Pipeline

/// `CALLER_RATE_LIMIT`: so many requests of each caller, for all of his organizations together. Nothing is shared between
/// callers, so none can use up what another has (SECURITY 38).
final class CallerLimiter: Sendable {
    private struct State {
        var buckets: [CallerName: TokenBucket] = [:]
        /// How many may be there before those that are full again are looked for.
        var limit = CallerLimiter.fewest

        /// Makes room, for half of all that may be there at least, so that it is not asked for again at once. What is full
        /// again is as good as forgotten; if too many are not, all are forgotten: then some callers may send more than they
        /// should, but nobody less.
        mutating func sweep(at now: Timestamp, most: Int) {
            buckets = buckets.filter { !$0.value.isFull(at: now) }
            if buckets.count > most / 2 { buckets = [:] }
            limit = min(most, max(CallerLimiter.fewest, 2 * buckets.count))
        }
    }

    private static let fewest = 1024

    let rate: RateLimit
    private let most: Int
    private let now: @Sendable () -> Timestamp
    private let state = Locked(State())

    /// - Parameters:
    ///   - most: how many callers are remembered.
    ///   - now: a clock that only goes forward.
    init(
        _ rate: RateLimit, most: Int = 100_000, now: @escaping @Sendable () -> Timestamp = { CallerLimiter.uptime() }
    ) {
        self.rate = rate
        self.most = most
        self.now = now
    }

    /// Takes one of the caller's requests.
    /// - Throws: `caller_rate_limited`, with the time until there is one again.
    func admit(_ caller: Caller) throws(PipelineError) {
        let (key, now) = (CallerName(caller), now())
        let next = state.withLock { state in
            if state.buckets.count >= state.limit { state.sweep(at: now, most: most) }
            return state.buckets[key, default: TokenBucket(rate, at: now)].take(at: now)
        }
        guard let next else { return }
        throw PipelineError(
            .callerRateLimited, "This caller may send \(rate.count) requests in \(rate.per.inMilliseconds / 1000) s.",
            retryAfter: next - now)
    }

    /// The same, and whether there was one.
    func lets(_ caller: Caller) -> Bool { (try? admit(caller)) != nil }

    /// How many callers are remembered, for tests.
    var count: Int { state.withLock { $0.buckets.count } }

    private static let start = ContinuousClock.now

    private static func uptime() -> Timestamp {
        Timestamp(milliseconds: start.duration(to: .now).inMilliseconds)
    }
}
