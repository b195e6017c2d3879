import ConnectorSDK
import Model
import RefreshProtocol
import Synchronization

/// Breakers and rate limits, per client, and rate limits per connection. In memory: one host is all there is (§10);
/// several hosts will share them through the store.
final class ClientGates: Sendable {
    private struct State {
        var breakers: [ClientKey: Breaker] = [:]
        var buckets: [String: TokenBucket] = [:]
    }

    private let state = Mutex(State())
    private let clock: @Sendable () -> Timestamp

    init(clock: @escaping @Sendable () -> Timestamp) { self.clock = clock }

    /// Asks for one presentation of a client's refresh token. Takes the breaker's probe and a rate token if all allow it.
    func admit(_ client: ClientKey, connection: ConnectionID, rules: Definition) -> (BreakerVerdict, Timestamp?) {
        let now = clock()
        return state.withLock { state in
            if let until = state.breakers[client]?.isOpen(at: now) { return (.open(until: until), nil) }
            let limits = [
                (client.description, rules.client.rateLimit), (connection.description, rules.refresh.rateLimit),
            ]
            for (key, limit) in limits {
                guard let limit else { continue }
                let until = state.buckets[key, default: TokenBucket(limit, at: now)].take(at: now)
                if let until { return (.closed, until) }
            }
            return (state.breakers[client, default: Breaker()].admit(at: now), nil)
        }
    }

    /// The code that keeps a client's breaker open, if it is.
    func openCode(_ client: ClientKey) -> (code: String, until: Timestamp)? {
        let now = clock()
        return state.withLock { state in
            guard let breaker = state.breakers[client], let until = breaker.isOpen(at: now) else { return nil }
            return (breaker.code ?? "refusals", until)
        }
    }

    /// Tells a client's breaker what happened.
    func note(_ client: ClientKey, _ change: (inout Breaker, Timestamp) -> Void) {
        let now = clock()
        state.withLock { change(&$0.breakers[client, default: Breaker()], now) }
    }
}

/// So many calls in a time, refilled evenly.
struct TokenBucket: Sendable {
    private let limit: RateLimit
    private var level: Double
    private var at: Timestamp

    init(_ limit: RateLimit, at now: Timestamp) {
        self.limit = limit
        level = Double(limit.count)
        at = now
    }

    /// Takes one; or says when the next one is there.
    mutating func take(at now: Timestamp) -> Timestamp? {
        let perMillisecond = Double(limit.count) / max(1, Double(limit.per.inMilliseconds))
        level = min(Double(limit.count), level + Double(max(0, (now - at).inMilliseconds)) * perMillisecond)
        at = now
        guard level < 1 else {
            level -= 1
            return nil
        }
        return now + .milliseconds(Int64(((1 - level) / perMillisecond).rounded(.up)))
    }
}
