import Model
import RefreshProtocol

/// What the hosts note about times in which nobody was heard (docs/decisions/0058).
struct StoreSilence {
    /// From when on silence counts.
    var since = Timestamp.distantPast
    /// When somebody was heard last, and whether somebody is since the last event.
    var lastHeard: Int64 = 0
    var isAudible = true
}

/// Heartbeats while the store is away.
extension World {
    /// Every host is heard again with its next heartbeat, some sooner than others.
    func beginOutage(for duration: Int64) {
        for host in hosts.indices where hosts[host].isAlive && now >= hosts[host].frozenUntil { beat(host) }
        outageEnds = max(outageEnds, now + duration)
        for host in hosts.indices {
            hosts[host].unheardUntil = outageEnds + dice.between(0, timing.heartbeat.milliseconds)
        }
    }

    func isAudible(_ host: Int) -> Bool {
        let host = hosts[host]
        return host.isAlive && now >= host.frozenUntil && now >= outageEnds && now >= host.unheardUntil
    }

    /// Only where answers are withheld: elsewhere nobody hears of boots, so that a word that is missing is missed (F5).
    func bootHeard(of host: Int) -> BootID? {
        guard profile.faults.withholds > 0 else { return nil }
        let host = hosts[host]
        return habits.announcesBootAtOnce ? host.boot(host.bootNumber) : host.bootHeard
    }

    var isAnybodyAudible: Bool { hosts.indices.contains(where: isAudible) }

    /// Before each event: who is heard first after a long silence of all says so in the store.
    func listen() {
        if silence.isAudible { silence.lastHeard = now }
        guard isAnybodyAudible else { return }
        if now - silence.lastHeard >= timing.longestUnheard.milliseconds { silence.since = storeNow }
        silence.lastHeard = now
    }
}
