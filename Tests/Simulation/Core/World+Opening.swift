import ConnectorSDK
import Model
import RefreshProtocol

/// How an episode begins and ends.
extension World {
    func open() {
        for index in 0..<profile.hosts {
            hosts.append(
                SimulatedHost(
                    index: index, id: HostID("h\(index)"), clock: dice.between(0, 1_000_000),
                    polls: Array(repeating: 0, count: profile.lines + 1)))
        }
        for index in 0..<profile.lines { openLine(index) }
        // A line that was never connected, for an import of what another line holds.
        if profile.faults.duplicateImports > 0 { insertLine(profile.lines) }
        for host in hosts.indices {
            for line in store.lines.indices { pollLater(host: host, line: line, after: dice.between(1, 5_000)) }
        }
        plan()
    }

    private func insertLine(_ index: Int) {
        let id = LineID(connection: ConnectionID("c\(index)"))
        store.insert(
            Line(
                id: id, organization: OrganizationID("o\(client(of: index))"), grant: GrantID("none"),
                rotation: profile.rotation))
        witness.open(line: index)
    }

    private func openLine(_ index: Int) {
        insertLine(index)
        let opened = openGrant(line: index)
        if profile.imports, index == 0 {
            tally.add(.imports)
            return start(host: 0, line: index, need: .scheduled, importing: opened.refresh)
        }
        let content = content(refresh: opened.refresh, access: opened.access)
        step(index, .redeem(AttemptID("x\(index)"), grant: grantID(opened.grant), content: content), attempt: nil)
    }

    func openGrant(line: Int) -> (grant: Int, refresh: Int, access: Int) {
        let grant = Provider.Grant(
            line: line, rotation: profile.rotation, replacesSiblings: profile.faults.replacesSiblings)
        return provider.open(grant, at: now)
    }

    func grantID(_ grant: Int) -> GrantID { GrantID("g\(grant)") }

    /// Two clients, so that one's breaker does not stop the other.
    func client(of line: Int) -> Int { line % 2 }

    // MARK: The end

    /// From here on nothing fails: everything has to come to rest (I10).
    func endFaults() {
        note("no further faults")
        faulty = false
        clientIsWrong = false
        outageEnds = now
        for host in hosts.indices {
            hosts[host].unheardUntil = min(hosts[host].unheardUntil, now)
            hosts[host].withheldUntil = min(hosts[host].withheldUntil, now)
        }
        witness.endedAt = now
        for host in hosts.indices {
            hosts[host].frozenUntil = min(hosts[host].frozenUntil, now)
            if !hosts[host].isAlive { restart(host) }
        }
        if profile.enablesAtEnd {
            for line in store.lines.indices where !store.lines[line].enabled {
                step(line, .setEnabled(true), attempt: nil)
            }
        }
        schedule(.review, after: 5_000)
    }

    func review() {
        for line in store.lines.indices where store.lines[line].state == .verify { operate(line) }
        let unsettled = store.lines.indices.first { !isSettled(store.lines[$0]) }
        let busyHost = hosts.first { !$0.running.isEmpty || !$0.spool.isEmpty || $0.owesStatement }
        if unsettled == nil, busyHost == nil, working.isEmpty {
            checkEnd()
            isOver = true
            return
        }
        guard now < witness.endedAt + Self.patience else {
            let line = unsettled.map { "line \($0): \(store.lines[$0].summary)" } ?? "all lines settled"
            let host =
                busyHost.map { "host \($0.index): spool \($0.spool.count), owners \($0.running.map(\.doing))" } ?? ""
            return fail(.i10, "no rest after \(Self.patience / 60_000) minutes: \(line) \(host)")
        }
        schedule(.review, after: 15_000)
    }

    /// Longer than L, G, the longest back-off and an access token's life together.
    static let patience: Int64 = 75 * 60_000

    private func isSettled(_ line: Line) -> Bool {
        guard line.openAttempt == nil else { return false }
        switch line.state {
        case .active, .needsReauthorization, .revoked: return true
        case .pending: return line.versions.isEmpty || !line.enabled
        case .verify, .recovering: return false
        case .degraded, .suspect: return !line.enabled
        }
    }
}
