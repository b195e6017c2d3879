package import Foundation
import Locks
package import Logging
import Secrets

/// The public keys of `JWKS_URL` that asymmetric callers' tokens are signed with. The last good set stays in force while
/// its address is away; it is fetched again in the background, and at once for a token of a key that is not in it.
package final class CallerKeySet: Sendable {
    /// Fetches the JWK set's bytes. What it throws is logged.
    package typealias Fetch = @Sendable () async throws -> Data

    /// How long a set is good before it is fetched again.
    static let freshness = Duration.seconds(300)
    /// Tokens of unknown keys, which anybody can make, lead to one fetch in this time; and so often a fetch that failed
    /// is repeated.
    static let pause = Duration.seconds(10)

    private struct State {
        var keys: VerificationKeys?
        var document = Data()
        /// Counts the sets that differ.
        var version = 0
        var lastFetch: ContinuousClock.Instant?
    }

    private let state = Locked(State())
    private let turns = Turns()
    private let fetch: Fetch
    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameter now: a clock that only goes forward.
    package init(
        logger: Logger, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, fetch: @escaping Fetch
    ) {
        self.logger = logger
        self.now = now
        self.fetch = fetch
    }

    /// Fetches the set, and says how long to wait until the next time.
    package func refresh() async -> Duration { await turns.taking("") { await fetched() } }

    /// The set in force, with its number; nil while none was fetched yet.
    var current: (keys: VerificationKeys, version: Int)? {
        state.withLock { state in state.keys.map { (keys: $0, version: state.version) } }
    }

    /// Changes when the keys do: what was verified before is then verified again.
    var version: Int { state.withLock { $0.version } }

    /// Fetches the set for a token of a key that is not in it, unless that was done just now. Whoever comes while a fetch
    /// runs waits for it.
    func refreshForUnknownKey() async {
        await turns.taking("") {
            let last = state.withLock { $0.lastFetch }
            if let last, now() - last < Self.pause { return }
            _ = await fetched()
        }
    }

    private func fetched() async -> Duration {
        state.withLock { $0.lastFetch = now() }
        do {
            return try take(await fetch())
        } catch {
            let kept = current == nil ? "no asymmetric token is taken yet" : "the keys fetched before stay in force"
            logger.warning("the callers' keys cannot be fetched; \(kept)", metadata: ["error": "\(error)"])
            return Self.pause
        }
    }

    private func take(_ document: Data) throws -> Duration {
        // A set without a key of ours would turn every caller away: whoever publishes it has made a mistake.
        guard let keys = VerificationKeys(document), keys.count > 0 else { throw Unusable() }
        let isNew = state.withLock { state in
            let isNew = state.keys == nil || state.document != document
            state.keys = keys
            state.document = document
            if isNew { state.version += 1 }
            return isNew
        }
        if isNew { logger.info("callers' keys fetched", metadata: ["keys": "\(keys.count)"]) }
        return Self.freshness
    }

    private struct Unusable: Error, CustomStringConvertible {
        let description = "the answer is no JWK set with a key that can verify signatures"
    }
}
