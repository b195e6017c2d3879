import ConnectorSDK
import Model
import RefreshProtocol

/// The invariants that one store can show, after every step.
extension World {
    func checkStep(_ index: Int, _ old: Line, _ event: LineEvent, _ step: LineStep) {
        let new = step.line
        checkI2(index, old, event, new)
        checkI3(index, old, event, new)
        checkI4(index, old, new)
        checkI7(index, old, event, step)
        checkI8(index, old, step)
        checkRevoked(index, old, event, new)
        checkRecovery(index, event, step)
    }

    /// I2: commits of one grant form a chain; one current version, one version per attempt.
    private func checkI2(_ index: Int, _ old: Line, _ event: LineEvent, _ new: Line) {
        if new.versions.filter({ $0.status == .current }).count > 1 {
            return fail(.i2, "line \(index): two current versions")
        }
        for (position, version) in new.versions.enumerated() {
            for other in new.versions.dropFirst(position + 1) where other.attempt == version.attempt {
                return fail(.i2, "line \(index): \(version.attempt) brought two versions")
            }
        }
        guard !isEpochChange(event) else { return }
        let isAnother = new.current != nil && new.current?.attempt != old.current?.attempt
        guard new.generation != old.generation || isAnother else { return }
        if case .importGrant = event { return }
        // A line that was not connected yet when the store went back begins above everything lost.
        guard new.generation == max(old.generation, old.generation == 0 ? old.epochStart : 0) + 1 else {
            return fail(.i2, "line \(index): from generation \(old.generation) to \(new.generation)")
        }
        if case .renewed(let attempt, _, let replaced, _) = event, replaced != old.grant {
            return fail(.i2, "line \(index): \(attempt) replaces a grant that came after it had begun")
        }
        guard new.grant == old.grant, let before = current(old), let after = current(new) else { return }
        guard provider.tokens[after].grant == provider.tokens[before].grant else {
            return fail(.i2, "line \(index): token \(after) of another grant follows \(before)")
        }
        checkChild(index, before, after, old)
        checkNewest(index, before, after, old, new)
    }

    private func isEpochChange(_ event: LineEvent) -> Bool {
        if case .storeWentBack = event { true } else { false }
    }

    private func current(_ line: Line) -> Int? {
        line.versions.first { $0.status == .current }.flatMap { Sealed.refresh($0.content) }
    }

    /// The new refresh token is a child of the one before; row 19 and the ways out of VERIFY may jump over generations.
    private func checkChild(_ index: Int, _ before: Int, _ after: Int, _ old: Line) {
        guard provider.grants[provider.tokens[before].grant].rotation.rotates else { return }
        let jumps = old.state == .suspect || old.state == .verify || isNeedsReauthorization(old.state)
        guard !jumps, !rolledBack, provider.tokens[after].parent != before else { return }
        fail(.i2, "line \(index): token \(after) is no child of token \(before)")
    }

    /// Section 5: where siblings replace each other the pointer takes one that lives, if one can be had.
    private func checkNewest(_ index: Int, _ before: Int, _ after: Int, _ old: Line, _ new: Line) {
        guard case .overlap(.untilUsed) = old.rotation, profile.faults.replacesSiblings, !rolledBack else { return }
        let jumps = old.state == .suspect || isNeedsReauthorization(old.state)
        guard !jumps, !provider.isAlive(after, at: now), provider.isAlive(before, at: now) else { return }
        fail(.deadPointer, "line \(index): token \(after) was replaced, token \(before) would have brought another")
    }

    func isNeedsReauthorization(_ state: LineState) -> Bool {
        if case .needsReauthorization = state { true } else { false }
    }

    /// I3 (consumers order by generation): a number never means two token sets, and never falls.
    private func checkI3(_ index: Int, _ old: Line, _ event: LineEvent, _ new: Line) {
        guard new.generation != old.generation || !old.versions.contains(where: { $0.status == .current }) else {
            return
        }
        guard let version = new.versions.first(where: { $0.status == .current }), !isEpochChange(event) else { return }
        if let other = witness.generations[index][new.generation], other != version.attempt {
            return fail(.i3, "line \(index): generation \(new.generation) was \(other)'s and is \(version.attempt)'s")
        }
        witness.generations[index][new.generation] = version.attempt
        if new.generation < witness.highest[index], !rolledBack || store.epoch == epoch {
            return fail(.i3, "line \(index): generation \(new.generation) after \(witness.highest[index])")
        }
        witness.highest[index] = max(witness.highest[index], new.generation)
    }

    /// I4: no acknowledged refresh token disappears, and none is overwritten by nothing.
    private func checkI4(_ index: Int, _ old: Line, _ new: Line) {
        for version in old.versions {
            guard let kept = new.versions.first(where: { $0.attempt == version.attempt }) else {
                return fail(.i4, "line \(index): the version of \(version.attempt) is gone")
            }
            var content = version.content
            // Whoever brought what was not spent may bring it again, to any line.
            if kept.status == .dead, version.status == .candidate { content.fingerprint = kept.content.fingerprint }
            if kept.content != content {
                return fail(.i4, "line \(index): \(version.attempt)'s content changed")
            }
        }
        if let before = current(old), current(new) == nil {
            fail(.i4, "line \(index): token \(before) was followed by none")
        }
    }

    /// I7: NEEDS_REAUTH only after two definite refusals K apart, nothing open, nothing adoptable, and if it is true.
    private func checkI7(_ index: Int, _ old: Line, _ event: LineEvent, _ step: LineStep) {
        let new = step.line
        let version = old.current?.attempt
        if case .answer(let presented, .refused) = event, step.outcome != .duplicate,
            presented.generationIn == old.generation, presented.grant == old.grant
        {
            witness.refusals[index].append(.init(version: version, at: storeNow))
        }
        guard isNeedsReauthorization(new.state), !isNeedsReauthorization(old.state) else { return }
        if new.openAttempt != nil { return fail(.i7, "line \(index): NEEDS_REAUTH beside an open attempt") }
        let times = witness.refusals[index].filter { $0.version == version }.map(\.at)
        guard let first = times.first, let last = times.last,
            last - first >= timing.confirmDelay - timing.clockTolerance
        else {
            return fail(.i7, "line \(index): NEEDS_REAUTH after \(times.count) refusals that are not K apart")
        }
        let children = new.versions.filter {
            $0.status == .candidate && $0.grant == new.grant && $0.parentGeneration == new.generation
        }
        if !children.isEmpty { return fail(.i7, "line \(index): NEEDS_REAUTH beside an adoptable candidate") }
        if let token = current(new), provider.isAlive(token, at: now) {
            fail(.i7, "line \(index): NEEDS_REAUTH, and token \(token) lives")
        }
    }

    /// I8: a signal of a new token set comes with a new generation, one at a time.
    private func checkI8(_ index: Int, _ old: Line, _ step: LineStep) {
        let announced = step.signals.filter { $0 == .refreshed || $0 == .created }.count
        let moved = step.line.generation != old.generation
        if announced > (moved ? 1 : 0) { fail(.i8, "line \(index): \(announced) announcements of one commit") }
    }

    private func checkRevoked(_ index: Int, _ old: Line, _ event: LineEvent, _ new: Line) {
        guard old.state == .revoked, new.state != .revoked else { return }
        if case .redeem = event { return }
        fail(.revoked, "line \(index): from REVOKED to \(new.state) by \(event.label)")
    }

    /// Row 9 was acknowledged: its attempt can never be in doubt again.
    private func checkRecovery(_ index: Int, _ event: LineEvent, _ step: LineStep) {
        if case .notSent(let attempt, _) = event { witness.unsent.insert(attempt) }
        for attempt in step.line.unresolved where witness.unsent.contains(attempt.id) {
            return fail(
                .needlessRecovery, "line \(index): \(attempt.id) is in doubt, and its owner said that no byte left")
        }
    }

    // MARK: Counting

    func count(_ old: Line, _ event: LineEvent, _ step: LineStep) {
        let new = step.line
        if new.state != old.state {
            switch new.state {
            case .recovering: tally.add(.recoveries)
            case .suspect: tally.add(.suspects)
            case .needsReauthorization: tally.add(.needsReauthorization)
            default: if isNeedsReauthorization(old.state) { tally.add(.lifted) }
            }
        }
        switch step.outcome {
        case .candidate: tally.add(.candidates)
        case .adopted: tally.add(.adoptions)
        case .notYet(_, .takenOver): tally.add(.takeovers)
        case .claimed:
            if let purpose = new.attempts.last?.purpose, purpose != .normal {
                tally.add(purpose == .replay ? .replays : .confirmations)
            }
        default: break
        }
    }
}
