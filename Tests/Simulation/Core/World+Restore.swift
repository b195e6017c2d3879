import Model
import RefreshProtocol

/// §9: the store goes back, a host sees it, an operator lets the lines go again.
extension World {
    func restore() {
        guard let old = snapshot, faulty else { return }
        snapshot = nil
        tally.add(.restores)
        note("the store goes back")
        rolledBack = true
        session += 1
        let lost = store.mark
        // An embedded store is restored while its host is down.
        if profile.mode == .sqlite { crash(0, isPowerCut: false) }
        for host in hosts.indices {
            let hasBeaten = hosts[host].isAlive && now >= hosts[host].frozenUntil
            if hasBeaten, !hosts[host].hasLostDisk { hosts[host].highestMark = lost }
            hosts[host].sessionSince = now
        }
        let disabled = store.lines.map(\.enabled)
        store = old
        for index in disabled.indices where store.lines[index].enabled != disabled[index] {
            var line = store.lines[index]
            line.enabled = disabled[index]
            store.save(line, at: index)
        }
        witness.rollBack()
        // What no mark can tell, or no host is awake to see, only the operator's `store restore` can: it sets a new epoch.
        let isSeen =
            profile.mode == .sqlite || hosts.contains { $0.isAlive && now >= $0.frozenUntil && !$0.hasLostDisk }
        if (store.mark == lost && !hasForgottenHandOver) || !isSeen { return goBack() }
        isUnseen = true
        for host in hosts.indices { schedule(.look(host: host), after: dice.between(100, 9_000)) }
    }

    /// Who could have seen it is frozen or gone before it has looked: "every living host has looked" is true without it.
    func missRestore() {
        let isAwake = { (host: SimulatedHost) in host.isAlive && self.now >= host.frozenUntil }
        guard isUnseen, !hosts.contains(where: { isAwake($0) && store.mark < $0.highestMark }) else { return }
        note("nobody who knows of newer marks is awake: the operator restores")
        goBack()
    }

    /// A host compares the store's mark with the highest it has seen: at every session, T1, T2 and heartbeat.
    func look(host: Int) {
        guard !habits.ignoresMarks, store.mark < hosts[host].highestMark else { return }
        goBack()
    }

    private func goBack() {
        isUnseen = false
        tally.add(.wentBack)
        epoch += 1
        store.epoch = epoch
        store.raiseMark(to: epoch << 32)
        if !habits.forgetsHandOvers { recallHandOvers() }
        for line in store.lines.indices {
            step(line, .storeWentBack(epoch: epoch), attempt: nil)
            if store.lines[line].state == .verify { tally.add(.verified) }
            schedule(.chaos(.operate(line: line)), after: dice.between(20_000, 150_000))
        }
    }

    /// The operator looks once everything in flight has come to rest, and knows what is true.
    func operate(_ index: Int) {
        let line = store.lines[index]
        guard line.state == .verify else { return }
        let isBusy =
            working.contains { calls[$0].line == index }
            || hosts.contains { host in
                host.running.contains { $0.line == index } || host.spool.contains { $0.line == index }
            }
        if isBusy { return schedule(.chaos(.operate(line: index)), after: 20_000) }
        tally.add(.operatorExits)
        if line.isHandedOver {
            // Somebody signs in again; the other authority goes on with what it was given.
            reopen(index)
        } else if let token = currentToken(index), isUnspent(token) {
            step(index, .assumeCurrent, attempt: nil)
        } else if let newest = newestHeld(line), isUnspent(newest) {
            step(index, .adoptNewest, attempt: nil)
        } else {
            reopen(index)
        }
    }

    private func reopen(_ index: Int) {
        let opened = openGrant(line: index)
        attempts += 1
        let content = content(refresh: opened.refresh, access: opened.access)
        step(index, .redeem(AttemptID("x\(attempts)"), grant: grantID(opened.grant), content: content), attempt: nil)
    }

    /// As far as the operator can know: what another authority did with what it was given, nobody here has seen.
    private func isUnspent(_ token: Int) -> Bool {
        if provider.grants[provider.tokens[token].grant].isGiven { return provider.tokens[token].calls.isEmpty }
        return provider.isAlive(token, at: now) && provider.tokens[token].spentAt == nil
    }

    private func newestHeld(_ line: Line) -> Int? {
        let floor = line.current?.fence ?? 0
        let held = line.versions.filter { $0.status == .candidate && $0.grant == line.grant && $0.fence > floor }
        return held.max { $0.fence < $1.fence }.flatMap { Sealed.refresh($0.content) }
    }
}
