import Model
import RefreshProtocol

/// Crashes, freezes and restarts.
extension World {
    /// Between two actions of an owner: the process may die or sleep here. True: the owner does not go on now.
    func strikesAtBoundary(_ host: Int) -> Bool {
        guard faulty else { return false }
        let faults = profile.faults
        if dice.chance(faults.boundaryCrash) {
            tally.add(.boundaryCrashes)
            crash(host, isPowerCut: false)
            return true
        }
        if dice.chance(faults.boundaryFreeze) {
            freeze(host, for: drawFreeze(long: false))
            return true
        }
        if dice.chance(faults.boundaryLongFreeze) {
            freeze(host, for: drawFreeze(long: true))
            return true
        }
        return false
    }

    func drawFreeze(long: Bool) -> Int64 {
        if let range = profile.faults.freezeRange { return dice.between(range.lowerBound, range.upperBound) }
        let lease = timing.lease.milliseconds
        return long ? dice.between(lease, 3 * lease) : dice.between(100, lease)
    }

    func freeze(_ host: Int, for duration: Int64) {
        guard hosts[host].isAlive, now >= hosts[host].frozenUntil else { return }
        note("host \(host) freezes for \(duration)")
        tally.add(duration >= timing.lease.milliseconds ? .longFreezes : .freezes)
        beat(host)
        hosts[host].frozenUntil = now + duration
        missRestore()
    }

    /// The last heartbeat before a silence; it had the store's mark with it, unless that was drawn since.
    func beat(_ host: Int) {
        guard isAudible(host) else { return }
        hosts[host].lastBeat = storeNow
        if now - lastDraw >= timing.heartbeat.milliseconds, now - outageEnds >= timing.heartbeat.milliseconds {
            hosts[host].highestMark = max(hosts[host].highestMark, store.mark)
        }
    }

    /// kill -9 or a power cut: memory is gone; what was not synced only with the power.
    func crash(_ host: Int, isPowerCut: Bool) {
        guard hosts[host].isAlive else { return }
        note("host \(host) \(isPowerCut ? "loses power" : "crashes")")
        tally.add(isPowerCut ? .powerCuts : .crashes)
        if now >= hosts[host].frozenUntil { beat(host) }
        hosts[host].isAlive = false
        hosts[host].frozenUntil = 0
        missRestore()
        for running in hosts[host].running { abandon(running, host: host) }
        hosts[host].running = []
        hosts[host].flushing = []
        if isPowerCut { hosts[host].spool.removeAll { !$0.isSynced } }
        if profile.mode == .sqlite { session += 1 }
        schedule(
            .restart(host: host), after: dice.chance(0.6) ? dice.between(500, 8_000) : dice.between(8_000, 200_000))
    }

    private func abandon(_ running: Running, host: Int) {
        guard let call = running.call else { return }
        close(call, .crash)
        let isSpooled = hosts[host].spool.contains { $0.attempt == running.attempt }
        if calls[call].fate == .received, !isSpooled { calls[call].fate = .lost }
        // "Already being processed" was read and died with the process: what E4 promises is all that is left.
        if !isSpooled { shortenWork(call, to: now + timing.settle.milliseconds) }
    }

    /// The disk is gone with spool, journal and host id: what comes back is another host, and the old one says no more.
    func loseDisk(_ host: Int) {
        crash(host, isPowerCut: true)
        tally.add(.diskLosses)
        note("host \(host) loses its disk")
        departed[hosts[host].id] = .init(heartbeatAt: hosts[host].lastBeat)
        for entry in hosts[host].spool {
            if let call = entry.call, calls[call].fate == .spooled { calls[call].fate = .lost }
            if let call = entry.call { calls[call].reachedSpool = false }
        }
        hosts[host].spool = []
        hosts[host].journal = []
        hosts[host].highestMark = 0
        hosts[host].handOvers = []
        departures += 1
        hosts[host].id = HostID("h\(host)-\(departures)")
        hosts[host].hasLostDisk = true
    }

    /// Row 27: the operator's word.
    func declareLost() {
        for id in departed.keys.sorted() where departed[id]?.lost == false {
            departed[id]?.lost = true
            tally.add(.hostsLost)
            note("operator: \(id) is lost")
        }
    }

    /// Row 26: a new boot flushes its spool, then speaks for the old ones.
    func restart(_ host: Int) {
        guard !hosts[host].isAlive else { return }
        tally.add(.restarts)
        hosts[host].isAlive = true
        hosts[host].bootNumber += 1
        hosts[host].owesStatement = !hosts[host].hasLostDisk
        hosts[host].hasLostDisk = false
        hosts[host].breakers = [Breaker(), Breaker()]
        hosts[host].earlier = Set(hosts[host].spool.map(\.attempt))
        if profile.faults.withholds > 0, !hosts[host].earlier.isEmpty, dice.chance(profile.faults.withholds) {
            tally.add(.withheld)
            hosts[host].withheldUntil = now + timing.ownerGrace.milliseconds + dice.between(0, 200_000)
        }
        note("host \(host) starts again as \(hosts[host].boot(hosts[host].bootNumber))")
        flush(host)
        for line in store.lines.indices { pollLater(host: host, line: line, after: dice.between(1, 3_000)) }
    }

    /// Flushes entries whose owner is gone, then makes the statement; again later while the store does not take them.
    func flush(_ host: Int) {
        guard hosts[host].isAlive, violation == nil else { return }
        if habits.statesBeforeFlush { state(host) }
        for entry in hosts[host].spool where hosts[host].owner(of: entry.attempt) == nil {
            guard !hosts[host].flushing.contains(entry.attempt), !isWithheld(entry.attempt, host) else { continue }
            if strikesAtBoundary(host) {
                schedule(.flush(host: host, boot: hosts[host].bootNumber), at: hosts[host].frozenUntil + 1)
                return
            }
            hosts[host].flushing.insert(entry.attempt)
            tally.add(.flushes)
            let event = issue(.flush, host: host, attempt: entry.attempt, line: entry.line)
            if let event { flushed(event, host: host, attempt: entry.attempt) }
            guard hosts[host].isAlive, violation == nil else { return }
        }
        if hosts[host].spool.isEmpty { state(host) }
        if !hosts[host].spool.isEmpty || hosts[host].owesStatement {
            schedule(.flush(host: host, boot: hosts[host].bootNumber), after: dice.between(500, 4_000))
        }
    }

    private func isWithheld(_ attempt: AttemptID, _ host: Int) -> Bool {
        now < hosts[host].withheldUntil && hosts[host].earlier.contains(attempt)
    }

    /// What came of a flush, or of the statement.
    func flushed(_ event: Owner.Event, host: Int, attempt: AttemptID) {
        hosts[host].flushing.remove(attempt)
        guard case .stepped = event else { return }
        if faulty, dice.chance(profile.faults.boundaryCrash * 3) { return crash(host, isPowerCut: false) }
        deleteEntry(attempt, host: host)
    }

    private func state(_ host: Int) {
        guard hosts[host].owesStatement, !hosts[host].flushing.contains(Self.statement) else { return }
        hosts[host].flushing.insert(Self.statement)
        if issue(.statement, host: host, attempt: Self.statement, line: 0) != nil {
            hosts[host].flushing.remove(Self.statement)
        }
    }

    static let statement = AttemptID("statement")
}
