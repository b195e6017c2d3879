package import Model

/// The constants of PROTOCOL.md §3 with their defaults.
package struct Timing: Sendable, Hashable {
    /// After this callers are answered; the socket stays open (row 10).
    package var soft = Duration.seconds(10)
    /// B: from issuing T2 to the first byte, connect and TLS included.
    package var sendWindow = Duration.seconds(5)
    /// H: from the first byte to the closed socket.
    package var hard = Duration.seconds(45)
    /// C: to commit.
    package var commitBudget = Duration.seconds(15)
    /// How long a provider or its proxies work on after a close.
    package var settle = Duration.seconds(15)
    /// L.
    package var lease = Duration.seconds(90)
    /// J: what the store clock may gain on real time.
    package var clockTolerance = Duration.seconds(5)
    /// K: between a refusal and its confirmation.
    package var confirmDelay = Duration.seconds(60)
    /// G: how long a silent host keeps its say.
    package var ownerGrace = Duration.seconds(15 * 60)
    package var heartbeat = Duration.seconds(10)
    /// How often a forced refresh may reach the provider per connection.
    package var forceInterval = Duration.seconds(60)
    /// First and longest back-off (PROTOCOL.md §6).
    package var shortestBackOff = Duration.seconds(1)
    package var longestBackOff = Duration.seconds(15 * 60)
    /// A provider's `Retry-After` holds a line no longer than this.
    package var longestRetryAfter = Duration.seconds(24 * 60 * 60)

    /// The defaults.
    package init() {}

    /// B + H + settle: the longest one presentation can be at work.
    package var presentation: Duration { sendWindow + hard + settle }
    /// settle + J: from a closed socket, or a dead process, to silence, on a store clock that may gain J meanwhile.
    package var afterClose: Duration { settle + clockTolerance }
    /// B + H + C: the longest its owner needs.
    package var ownership: Duration { sendWindow + hard + commitBudget }

    /// A host that was not heard for so long does not live, or does not reach the store.
    package var longestUnheard: Duration { heartbeat * 3 }

    /// The same with a shorter H for a definition with a short overlap window; never a longer one.
    package func limited(hard limit: Duration?) -> Timing {
        var timing = self
        if let limit { timing.hard = min(hard, limit) }
        return timing
    }

    /// The inequalities of PROTOCOL.md §3 that do not hold, in the words of their settings; empty when all hold.
    package func violations(drain: Duration? = nil) -> [String] {
        var broken: [String] = []
        func require(_ holds: Bool, _ text: String) { if !holds { broken.append(text) } }
        require(soft < hard, "E1: REFRESH_SOFT_DEADLINE < REFRESH_HARD_DEADLINE")
        require(
            lease - ownership >= lease / 9,
            "E2: LEASE_DURATION - (REFRESH_SEND_WINDOW + REFRESH_HARD_DEADLINE + REFRESH_COMMIT_BUDGET) >= LEASE_DURATION / 9"
        )
        require(confirmDelay > settle, "E4: REFRESH_CONFIRM_DELAY > REFRESH_SETTLE")
        require(
            ownerGrace >= lease * 2 + heartbeat * 6,
            "E5: REFRESH_OWNER_GRACE >= 2 × LEASE_DURATION + 6 × REFRESH_HEARTBEAT")
        require(hard < lease, "REFRESH_HARD_DEADLINE < LEASE_DURATION")
        require(
            [soft, sendWindow, hard, commitBudget, settle, lease, heartbeat].allSatisfy { $0 > .zero },
            "every deadline is longer than zero")
        require(
            [clockTolerance, forceInterval].allSatisfy { $0 >= .zero },
            "REFRESH_CLOCK_TOLERANCE and REFRESH_FORCE_INTERVAL are not negative")
        if let drain {
            require(
                drain >= ownership,
                "E7: drain time >= REFRESH_SEND_WINDOW + REFRESH_HARD_DEADLINE + REFRESH_COMMIT_BUDGET")
        }
        return broken
    }

    /// Exponential back-off with full jitter, never below the shortest; the jitter comes from the attempt's random id, so that a step stays pure.
    package func backOff(failures: Int, seed: AttemptID) -> Duration {
        let ceiling = shortestBackOff * (1 << min(max(failures, 1) - 1, 20))
        let bounded = min(ceiling, longestBackOff)
        let hash = seed.description.utf8.reduce(UInt64(14_695_981_039_346_656_037)) {
            ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        let fraction = Double(hash % 1000) / 1000
        return max(min(shortestBackOff, longestBackOff), bounded * fraction)
    }
}
