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

    func bring(_ renewal: Renewal, to line: Int) {
        let host = dice.below(hosts.count)
        guard faulty, !rolledBack, hosts[host].isAlive, now >= hosts[host].frozenUntil else { return }
        start(host: host, line: line, need: .generation(0), renewal: renewal)
    }

    /// One that brought nothing is brought again by whoever wants it.
    func ended(_ renewal: Renewal, line: Int, _ result: Owner.Result) {
        guard result != .committed(.applied), result != .notClaimed(.current), renewal.tries > 0 else { return }
        let next = Renewal(token: renewal.token, tries: renewal.tries - 1)
        schedule(.chaos(.bring(next, line: line)), after: dice.between(100, dice.chance(0.5) ? 8_000 : 80_000))
    }

    /// Whether a line holds it, other than by an earlier renewal that has left it here (§2, §7).
    private func isKnown(_ token: Int, to line: Int) -> Bool {
        guard let holder = store.line(holding: token, currentOnly: false) else { return false }
        let (stored, fingerprint) = (store.lines[holder], Sealed.fingerprint(token))
        let isLeftOver = stored.versions.contains {
            stored.isHeldForRenewal($0) && $0.content.fingerprint == fingerprint
        }
        if holder == line, isLeftOver { tally.add(.broughtAgain) }
        return holder != line || !isLeftOver
    }

    /// T1 and T2 in one, with the look at the fingerprint.
    func runRenewal(_ request: StoreRequest) -> Owner.Event {
        guard let index = hosts[request.host].owner(of: request.attempt),
            let renewal = hosts[request.host].running[index].renewal
        else { return .storeFailed }
        guard !isKnown(renewal.token, to: request.line) else { return .stepped(.current) }
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
