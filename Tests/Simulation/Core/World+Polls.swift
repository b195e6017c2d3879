import Model
import RefreshProtocol

/// The scheduler of every host, and its callers.
extension World {
    /// Only the newest poll of a line counts.
    func pollLater(host: Int, line: Int, after delay: Int64) {
        hosts[host].polls[line] += 1
        schedule(.poll(host: host, line: line, ticket: hosts[host].polls[line]), after: delay)
    }

    func poll(host: Int, line: Int, ticket: Int) {
        guard hosts[host].isAlive, hosts[host].polls[line] == ticket else { return }
        guard !hosts[host].isRefreshing(line) else {
            return pollLater(host: host, line: line, after: 30_000)
        }
        let wait = realTime(of: wantedAt(store.lines[line])) - now
        guard wait <= 0 else { return pollLater(host: host, line: line, after: min(wait + jitter(), 90_000)) }
        if wants(store.lines[line]) { return start(host: host, line: line, need: need(store.lines[line])) }
        readAccessToken(host: host, line: line)
        if !hosts[host].isRefreshing(line) {
            pollLater(host: host, line: line, after: 60_000 + jitter())
        }
    }

    /// While a line recovers its access token is still used: a rejected one is reported (§6, families).
    private func need(_ line: Line) -> Claim.Need {
        guard line.state == .recovering, line.reportedDead != line.generation else { return .scheduled }
        guard let current = line.versions.first(where: { $0.status == .current }), line.generation > 0 else {
            return .scheduled
        }
        if provider.isAlive(accessToken: Sealed.access(current.content), at: now) { return .scheduled }
        tally.add(.reports)
        return .report(generation: line.generation)
    }

    private func wants(_ line: Line) -> Bool {
        switch line.state {
        case .pending: !line.versions.isEmpty
        case .active, .degraded, .recovering, .suspect: true
        case .needsReauthorization, .revoked, .verify: false
        }
    }

    /// When asking makes sense, as a scheduler would read it from the line (StoreReader.dueLines).
    private func wantedAt(_ line: Line) -> Timestamp {
        if line.openAttempt != nil { return line.leaseUntil ?? .distantPast }
        switch line.state {
        case .active: return line.dueAt ?? Timestamp(milliseconds: .max / 4)
        case .degraded, .recovering, .suspect: return max(line.nextTryAt, line.quietAt)
        default: return .distantPast
        }
    }

    private func jitter() -> Int64 { dice.chance(0.7) ? dice.between(0, 30) : dice.between(0, 3_000) }

    /// After an owner's end: what its outcome says about the next try.
    func poll(host: Int, line: Int, after delay: Int64, outcome: Owner.Result) {
        guard case .notClaimed(let outcome) = outcome else { return pollLater(host: host, line: line, after: delay) }
        switch outcome {
        case .notYet(let until, let why):
            if why == .breaker { tally.add(.breakerStops) }
            let longest: Int64 = why == .holder ? 30_000 : 90_000
            pollLater(host: host, line: line, after: min(max(realTime(of: until) - now, 1), longest) + jitter())
        case .inFlight(let attempt, let until):
            checkStall(attempt, host: host, line: line)
            pollLater(host: host, line: line, after: min(max(realTime(of: until) - now, 1), 90_000) + jitter())
        case .refused: pollLater(host: host, line: line, after: dice.between(2_000, 20_000))
        case .current: pollLater(host: host, line: line, after: dice.between(1_000, 10_000))
        default: pollLater(host: host, line: line, after: 1)
        }
    }

    func permit(_ request: StoreRequest) -> Claim.Permit {
        let host = request.host
        let isFlushed = !hosts[host].spool.contains { $0.line == request.line && $0.attempt != request.attempt }
        return Claim.Permit(
            spoolFlushed: isFlushed, breaker: hosts[host].breakers[client(of: request.line)].admit(at: storeNow),
            storeTrusted: !isNewSession(host))
    }

    /// §9: for two heartbeats after a new session every living host has to look. It says so of claims of rotating lines; here
    /// static lines and commits wait too, or numbers of lost generations could be given again (I3).
    func isNewSession(_ host: Int) -> Bool {
        profile.mode == .shared && now < hosts[host].sessionSince + 2 * timing.heartbeat.milliseconds
    }

    /// A reader uses the access token; one that the provider rejects is reported (§8).
    func readAccessToken(host: Int, line: Int) {
        let stored = store.lines[line]
        guard let current = stored.versions.first(where: { $0.status == .current }), stored.generation > 0 else {
            return
        }
        tally.add(.reads)
        guard wants(stored), !hosts[host].isRefreshing(line) else { return }
        if !provider.isAlive(accessToken: Sealed.access(current.content), at: now) {
            tally.add(.reports)
            return start(host: host, line: line, need: .report(generation: stored.generation))
        }
        let until = storeNow + .seconds(60)
        if let end = stored.expiresAt, end < until {
            start(host: host, line: line, need: .validity(generation: stored.generation, until: until))
        }
    }

    /// Several callers force at once, all bound to the generation they saw.
    func force(line: Int) {
        tally.add(.forces)
        let generation = store.lines[line].generation
        for host in hosts.indices where hosts[host].isAlive && now >= hosts[host].frozenUntil {
            guard !hosts[host].isRefreshing(line) else { continue }
            start(host: host, line: line, need: .force(generation: generation))
        }
        // A second one, asked for at the same time, arrives a little later.
        schedule(.chaos(.lateForce(line: line, generation: generation)), after: dice.between(100, 90_000))
    }

    func lateForce(line: Int, generation: Int64) {
        let host = dice.below(hosts.count)
        guard hosts[host].isAlive, now >= hosts[host].frozenUntil else { return }
        guard !hosts[host].isRefreshing(line) else { return }
        start(host: host, line: line, need: .force(generation: generation))
    }
}
