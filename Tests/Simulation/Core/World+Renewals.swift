import Model
import RefreshProtocol

/// A refresh token obtained elsewhere that is brought to a line which has a grant (§7).
struct Renewal {
    let token: Int
    /// The grant that the line has when T1 holds.
    var replaces: GrantID?
    /// How often it is brought once more after an end that nobody can be sure of.
    var tries: Int
}

extension World {
    /// Somebody consented elsewhere, while attempts of the line's own grant may be open.
    func renew(_ line: Int) {
        guard store.lines[line].generation > 0 else { return }
        let token = openGrant(line: line).refresh
        bring(Renewal(token: token, tries: 3), to: line)
        // And by somebody who does not know what has become of the first.
        schedule(.chaos(.bring(Renewal(token: token, tries: 0), line: line)), after: dice.between(1_000, 150_000))
    }

    /// Refused where a line holds it, unless an earlier renewal has left it here.
    func bring(_ renewal: Renewal, to line: Int) {
        let host = dice.below(hosts.count)
        guard faulty, !rolledBack, hosts[host].isAlive, now >= hosts[host].frozenUntil else { return }
        let fingerprint = Sealed.fingerprint(renewal.token)
        if let holder = store.line(holding: renewal.token, currentOnly: false) {
            let stored = store.lines[holder]
            let isLeftOver = stored.versions.contains {
                stored.isHeldForRenewal($0) && $0.content.fingerprint == fingerprint
            }
            guard holder == line, isLeftOver else { return }
            tally.add(.broughtAgain)
        }
        start(host: host, line: line, need: .generation(0), renewal: renewal)
    }

    /// One that brought nothing is brought again by whoever wants it.
    func ended(_ renewal: Renewal, line: Int, _ result: Owner.Result) {
        guard result != .committed(.applied), renewal.tries > 0 else { return }
        let next = Renewal(token: renewal.token, tries: renewal.tries - 1)
        schedule(.chaos(.bring(next, line: line)), after: dice.between(100, dice.chance(0.5) ? 8_000 : 80_000))
    }

    /// T1 and T2 in one.
    func runRenewal(_ request: StoreRequest) -> Owner.Event {
        guard let index = hosts[request.host].owner(of: request.attempt),
            let renewal = hosts[request.host].running[index].renewal
        else { return .storeFailed }
        let permit = permit(request)
        let claim = Claim(
            attempt: request.attempt, host: hosts[request.host].id, boot: hosts[request.host].boot(request.boot),
            need: .generation(0), permit: permit)
        let before = store.lines[request.line]
        let event = LineEvent.renew(
            claim, grant: grantID(provider.tokens[renewal.token].grant), rotation: before.rotation,
            token: imported(renewal.token))
        let outcome = step(request.line, event, attempt: request.attempt).outcome
        guard outcome == .sent else {
            if permit.breaker == .probe {
                hosts[request.host].breakers[client(of: request.line)].returnProbe(at: storeNow)
            }
            return .stepped(outcome)
        }
        tally.add(.renewals)
        if before.openAttempt != nil { tally.add(.renewedBeside) }
        hosts[request.host].running[index].renewal?.replaces = before.grant
        drawMark(host: request.host)
        return .stepped(.sent)
    }
}

extension SpoolEntry {
    /// What the answer does to the line: tokens of a renewal are a new grant's.
    func event(_ presented: Presented, _ answer: Answer) -> LineEvent {
        guard let replaces, case .tokens(let content) = answer else { return .answer(presented, answer) }
        return .renewed(presented.attempt, grant: presented.grant, from: replaces, content: content)
    }
}
