import ConnectorSDK
import Model
import RefreshProtocol

/// What a line presents is given to another authority, which uses it from then on (docs/decisions/0023, 0028).
extension World {
    /// The mark of its transaction and the note are outside the store before anybody is given anything.
    func handOver(_ index: Int) {
        let host = dice.below(hosts.count)
        guard faulty, hosts[host].isAlive, now >= hosts[host].frozenUntil, now >= outageEnds, !isNewSession(host),
            store.lines[index].rotation.rotates, let token = currentToken(index)
        else { return }
        look(host: host)
        attempts += 1
        let attempt = AttemptID("h\(attempts)")
        let redeemer = Redeemer(
            host: hosts[host].id, boot: hosts[host].boot(hosts[host].bootNumber), caller: "operator", sentAt: storeNow)
        guard step(index, .handOver(attempt, by: redeemer), attempt: attempt).outcome == .applied else { return }
        tally.add(.handOvers)
        let line = store.lines[index]
        let handOver = HandOver(
            attempt: attempt, line: line.id, grant: line.grant, generation: line.generation, fence: line.fence,
            host: redeemer.host, boot: redeemer.boot, caller: redeemer.caller, at: redeemer.sentAt)
        if !habits.handsOverWithoutMark { drawMark(host: host) }
        hosts[host].handOvers.append(handOver)
        provider.give(provider.tokens[token].grant, true)
        if dice.chance(0.3) {
            schedule(.chaos(.takeBack(handOver)), after: dice.between(1_000, 150_000))
        } else {
            schedule(.chaos(.useElsewhere(token: token)), after: dice.between(1, 60_000))
        }
    }

    func drawMark(host: Int) {
        lastDraw = now
        hosts[host].highestMark = max(hosts[host].highestMark, store.drawMark())
    }

    /// The export came to nothing: nobody was given it, and the operator says so.
    func takeBack(_ handOver: HandOver) {
        guard let index = store.lines.firstIndex(where: { $0.id == handOver.line }) else { return }
        tally.add(.takenBack)
        for host in hosts.indices { hosts[host].handOvers.removeAll { $0 == handOver } }
        if let grant = provider.grants.indices.first(where: { grantID($0) == handOver.grant }) {
            provider.give(grant, false)
        }
        // In a store that went back what the line holds may be superseded by ourselves; then it waits (`operate`).
        guard store.lines[index].isHandedOver, store.lines[index].grant == handOver.grant, !rolledBack else { return }
        step(index, .assumeCurrent, attempt: nil)
    }

    /// The other authority presents the newest token that it has, as any host would.
    func useElsewhere(_ token: Int) {
        checkI6("another authority", grant: provider.tokens[token].grant)
        guard case .issued(let refresh, _) = provider.redeem(token, at: now) else { return }
        tally.add(.usedElsewhere)
        note("another authority presents token \(token) for token \(refresh)")
        if faulty { schedule(.chaos(.useElsewhere(token: refresh)), after: dice.between(10_000, 120_000)) }
    }

    // MARK: A store that went back

    /// Whether the store knows less than the notes beside it.
    var hasForgottenHandOver: Bool {
        hosts.contains { host in
            host.handOvers.contains { handOver in
                store.lines.contains { $0.id == handOver.line && $0.grant == handOver.grant && !$0.isHandedOver }
            }
        }
    }

    /// Every host enters what it has noted.
    func recallHandOvers() {
        for handOver in hosts.flatMap(\.handOvers) {
            guard let index = store.lines.firstIndex(where: { $0.id == handOver.line }) else { continue }
            let outcome = step(index, .recallHandOver(handOver), attempt: handOver.attempt).outcome
            if outcome == .applied { tally.add(.recalled) }
        }
    }
}
