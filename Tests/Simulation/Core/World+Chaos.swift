import ConnectorSDK
import Model
import RefreshProtocol

/// Faults and commands that come by themselves, not at a boundary.
enum Chaos {
    case crash, powerCut, freeze, longFreeze, diskLoss, declareLost
    case outage, longOutage, clockStep, snapshot, restore
    case clientBreaks, clientHeals, withdraw
    case revoke, reconnect, disable, enable, duplicateImport, classChange, classBack(line: Int), force, read
    case lateForce(line: Int, generation: Int64)
    case operate(line: Int)
    case renew, bring(Renewal, line: Int)
    case handOver, takeBack(HandOver), useElsewhere(token: Int)
    case end
}

extension World {
    /// Draws when what happens.
    func plan() {
        let faults = profile.faults
        let events: [(Int, Chaos)] = [
            (faults.crashes, .crash), (faults.powerCuts, .powerCut), (faults.freezes, .freeze),
            (faults.longFreezes, .longFreeze), (faults.diskLosses, .diskLoss), (faults.outages, .outage),
            (faults.longOutages, .longOutage),
            (faults.clockSteps, .clockStep), (faults.restores, .snapshot), (faults.clientFaults, .clientBreaks),
            (faults.withdrawals, .withdraw), (faults.revokes, .revoke), (faults.reconnects, .reconnect),
            (faults.disables, .disable), (faults.duplicateImports, .duplicateImport),
            (faults.classChanges, .classChange), (faults.forces, .force), (faults.reads, .read),
            (faults.renewals, .renew), (faults.handOvers, .handOver),
        ]
        let end = Int64(profile.seconds) * 1000
        for (count, chaos) in events {
            for _ in 0..<count { schedule(.chaos(chaos), at: dice.between(0, end)) }
        }
        schedule(.chaos(.end), at: end)
    }

    func strike(_ chaos: Chaos) {
        if case .end = chaos { return endFaults() }
        if faulty { strikeHosts(chaos) }
        command(chaos)
    }

    private func strikeHosts(_ chaos: Chaos) {
        let host = dice.below(hosts.count)
        switch chaos {
        case .crash: crash(host, isPowerCut: false)
        case .powerCut: crash(host, isPowerCut: true)
        case .freeze: freeze(host, for: drawFreeze(long: false))
        case .longFreeze: freeze(host, for: drawFreeze(long: true))
        case .diskLoss:
            guard profile.mode == .shared else { return }
            loseDisk(host)
            if dice.chance(0.5) { schedule(.chaos(.declareLost), after: dice.between(10_000, 400_000)) }
        case .outage:
            tally.add(.outages)
            beginOutage(for: dice.between(1_000, 120_000))
        case .longOutage:
            tally.add(.longOutages)
            beginOutage(for: timing.ownerGrace.milliseconds + dice.between(0, 120_000))
        case .clockStep:
            tally.add(.clockSteps)
            clockGain = dice.between(0, timing.clockTolerance.milliseconds)
        case .snapshot:
            snapshot = store
            schedule(.chaos(.restore), after: dice.between(1_000, 240_000))
        case .clientBreaks:
            clientIsWrong = true
            schedule(.chaos(.clientHeals), after: dice.between(10_000, 150_000))
        default: break
        }
    }

    private func command(_ chaos: Chaos) {
        let line = dice.below(profile.lines)
        switch chaos {
        case .declareLost: declareLost()
        case .restore: restore()
        case .clientHeals: clientIsWrong = false
        case .withdraw:
            tally.add(.consentsWithdrawn)
            if let token = currentToken(line) { provider.revoke(provider.tokens[token].grant) }
        case .revoke:
            tally.add(.revokes)
            step(line, .revoke, attempt: nil)
        case .reconnect: reconnect(line)
        case .disable:
            tally.add(.disables)
            step(line, .setEnabled(false), attempt: nil)
            if dice.chance(0.6) { schedule(.chaos(.enable), after: dice.between(1_000, 200_000)) }
        case .enable:
            for line in store.lines.indices where !store.lines[line].enabled {
                step(line, .setEnabled(true), attempt: nil)
            }
        case .duplicateImport: importDuplicate()
        case .classChange: changeClass(line)
        case .classBack(let line): setClass(profile.rotation, of: line)
        case .force: force(line: line)
        case .read: if hosts[0].isAlive, now >= hosts[0].frozenUntil { readAccessToken(host: 0, line: line) }
        case .lateForce(let line, let generation): lateForce(line: line, generation: generation)
        case .operate(let line): operate(line)
        case .renew: renew(line)
        case .bring(let renewal, let line): bring(renewal, to: line)
        case .handOver: handOver(line)
        case .takeBack(let handOver): takeBack(handOver)
        case .useElsewhere(let token): useElsewhere(token)
        default: break
        }
    }

    func currentToken(_ line: Int) -> Int? {
        store.lines[line].versions.first { $0.status == .current }.flatMap { Sealed.refresh($0.content) }
    }

    // MARK: Commands

    /// A user signs in again: the exchange's answer is spooled like any other (§7).
    private func reconnect(_ line: Int) {
        let host = dice.below(hosts.count)
        guard hosts[host].isAlive, now >= hosts[host].frozenUntil else { return }
        tally.add(.reconnects)
        let opened = openGrant(line: line)
        attempts += 1
        let attempt = AttemptID("x\(attempts)")
        let content = content(refresh: opened.refresh, access: opened.access)
        let entry = SpoolEntry(
            attempt: attempt, line: line,
            content: .redeemed(grantID(opened.grant), content, seen: store.lines[line].generation), call: nil,
            isSynced: true)
        hosts[host].spool.append(entry)
        witness.redeemed.append((line, attempt))
        note("host \(host) spools the exchange \(attempt) of line \(line)")
        schedule(.flush(host: host, boot: hosts[host].bootNumber), after: dice.between(1, 4_000))
    }

    /// Somebody imports what another line holds: refused, by any version's fingerprint, before anything is presented.
    private func importDuplicate() {
        let spare = profile.lines
        guard store.lines[spare].versions.isEmpty, let token = currentToken(0) else { return }
        let target = dice.chance(0.5) ? provider.tokens[token].parent ?? token : token
        if store.line(holding: target, currentOnly: habits.looksAtCurrentFingerprintsOnly) != nil {
            tally.add(.duplicateImports)
            return
        }
        if rolledBack { return }
        start(host: 0, line: spare, need: .scheduled, importing: target)
    }

    private func changeClass(_ line: Int) {
        tally.add(.classChanges)
        setClass(.singleUseFamily, of: line)
        schedule(.chaos(.classBack(line: line)), after: dice.between(5_000, 200_000))
    }

    private func setClass(_ rotation: RotationClass, of line: Int) {
        var changed = store.lines[line]
        changed.rotation = rotation
        store.save(changed, at: line)
    }
}
