import Model
import RefreshProtocol
import StoreContract
import Telemetry

/// Where another host has the call on the wire (PROTOCOL.md row 1): the callers here, who share this run, wait for it together.
extension RefreshRun {
    /// Waits for the attempt that T1 has found open, as long as a caller waits for an answer.
    /// - Returns: whether T1 is to be asked again: nothing was sent, or its host's lease is over (rows 3 and 4).
    mutating func claimsAfterWaiting() async -> Bool {
        guard case .notClaimed(.inFlight(let other, _)) = report.result, isWaitedFor else { return false }
        // Who waits calls nobody.
        place?.giveBack()
        if waitEnds == nil { parts.metrics.joinedRefreshes.increment() }
        let ends = waitEnds ?? HostClock.now + parts.settings.timing.soft
        waitEnds = ends
        switch await awaited(other, until: ends) {
        case .claims: return HostClock.now < ends
        case .over(let attempt):
            report.awaited = attempt
            // What is remembered of the line is known to be old: who waits here need not ask whether it is.
            await pipeline.cache.writing(lineID.connection) {}
            return false
        case .goesOn: return false
        }
    }

    /// The scheduler comes again by itself. Where no other host can write, an open attempt is this one's own exchange, and
    /// what its callers are told of that is decided by then.
    /// And who asked for more than a generation that is over has what he wants by now.
    private var isWaitedFor: Bool {
        guard case .refresh(let need) = start, let wanted = need.generation else { return false }
        return !parts.store.isExclusive && claimed?.generation == wanted
    }

    private func awaited(_ attempt: AttemptID, until ends: MonotonicTime) async -> AttemptWatch {
        let (began, id) = (HostClock.now, lineID)
        var seen = AttemptWatch.goesOn
        while case .goesOn = seen, !pipeline.isDraining {
            let now = HostClock.now
            guard now < ends else { break }
            try? await Task.sleep(for: min(AttemptWatch.pause(after: now - began), ends - now))
            // A store that is away now may be back before patience ends.
            let look = try? await parts.store.read { reader in
                AttemptWatch(of: attempt, on: try reader.line(id, withAttempt: attempt), at: reader.now)
            }
            seen = look ?? .goesOn
        }
        return seen
    }
}

/// What one look in the store says to whoever waits for another host's attempt.
enum AttemptWatch: Equatable {
    case goesOn
    /// It ended, or the line went on without it.
    case over(Attempt)
    /// It holds the line no more and has left nothing to wait for: T1 says what is next.
    case claims

    /// - Parameter line: with that attempt in it, whatever its state; nil: it is gone.
    init(of id: AttemptID, on line: Line?, at now: Timestamp) {
        guard let line, let attempt = line.attempt(id) else {
            self = .claims
            return
        }
        let isOpen = attempt.isOpen && line.openAttempt == id
        let hasMoved = line.generation != attempt.generationIn || line.grant != attempt.grant
        switch attempt.state {
        case .notSent: self = .claims
        case _ where !isOpen || (hasMoved && attempt.purpose != .exchange): self = .over(attempt)
        default: self = (line.leaseUntil ?? .distantPast) <= now ? .claims : .goesOn
        }
    }

    /// How long to rest before the next look: a sixteenth of the time that was waited, so that callers hear of the end soon
    /// after it, and a provider that hangs costs the store few reads.
    static func pause(after waited: Duration) -> Duration {
        min(max(waited / 16, .milliseconds(20)), .milliseconds(100))
    }
}
