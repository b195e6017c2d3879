package import Model

/// The owner of one attempt, from T1 to the deleted spool entry, as a pure machine: the driver performs one action and
/// brings back what happened; an action that is asked for again after a failure it tries again after a pause. Callers, their deadlines and their cancellations are not part of it (row 10, F12).
package struct Owner: Sendable {
    /// What the driver has to do next.
    package enum Action: Sendable, Hashable {
        /// T1; `merged`: with T2 in one transaction (§10).
        case claim(merged: Bool)
        /// T2.
        case send
        /// Read the attempt again: an acknowledgement was lost. Never assume (§4, rows marked *).
        case reread(Step)
        /// Write and sync the journal line.
        case journal
        /// Open the connection, check the budget as the last act, write, read (rows 8–12).
        case present
        /// Write and sync the raw answer, before anything reads it.
        case spool
        /// T3: read the answer and commit what it says (rows 13–25).
        case commit
        case deleteSpoolEntry
        /// Row 9.
        case recordNotSent(reason: String)
        /// Row 12.
        case recordAmbiguous(reason: String)
        case finish(Result)
    }

    /// The transactions whose acknowledgement may be lost.
    package enum Step: Sendable, Hashable {
        case claim
        case send
        case commit
    }

    /// What came of an action.
    package enum Event: Sendable, Hashable {
        /// A store step was acknowledged.
        case stepped(LineOutcome)
        /// The store may or may not have committed.
        case acknowledgementLost
        /// The store certainly did not commit.
        case storeFailed
        /// The attempt as it stands in the store, and whether the line is still its own.
        case reread(Attempt?, mine: Bool)
        case journaled
        case journalFailed
        /// A complete answer (row 11), at any time.
        case answered
        /// No byte left (row 9).
        case notWritten(reason: String)
        /// Written, and no complete answer (row 12).
        case broken(reason: String)
        case spooled
        case spoolFailed
        case spoolEntryDeleted
    }

    /// How it ended.
    package enum Result: Sendable, Hashable {
        /// T1 or T2 did not hold.
        case notClaimed(LineOutcome)
        case storeUnavailable
        /// The line belongs to somebody else now.
        case lost
        /// Row 9: nothing left this host.
        case notSent(reason: String)
        /// Row 12.
        case ambiguous(reason: String)
        /// The answer's outcome is stored.
        case committed(LineOutcome)
        /// The answer is safe in the spool; the store has to take it later.
        case spooled
    }

    package let attempt: AttemptID
    package let timing: Timing
    private let merged: Bool
    private var claimIssued = MonotonicTime(milliseconds: 0)
    private var sendIssued = MonotonicTime(milliseconds: 0)
    private var answeredAt: MonotonicTime?
    private var isSpooled = false
    private var doing: Action

    /// An owner that has done nothing yet.
    package init(attempt: AttemptID, timing: Timing, merged: Bool) {
        self.attempt = attempt
        self.timing = timing
        self.merged = merged
        doing = .claim(merged: merged)
    }

    /// The first action. The clocks start before the transactions are issued (§2: m1, m2).
    package mutating func start(at now: MonotonicTime) -> Action { issue(.claim(merged: merged), at: now) }

    /// The action that follows an event of the current one.
    package mutating func next(after event: Event, at now: MonotonicTime) -> Action {
        switch doing {
        case .claim: issue(afterClaim(event), at: now)
        case .send: issue(afterSend(event), at: now)
        case .reread(let step): issue(afterReread(step, event), at: now)
        case .journal: issue(event == .journaled ? .present : .recordNotSent(reason: "journal"), at: now)
        case .present: issue(afterPresent(event, at: now), at: now)
        case .spool: issue(afterSpool(event, at: now), at: now)
        case .commit: issue(afterCommit(event, at: now), at: now)
        case .deleteSpoolEntry: issue(.finish(.committed(committed)), at: now)
        // A living host that does not say what became of its attempt would be waited for (§6, holder_clear): until told.
        case .recordNotSent(let reason):
            issue(isAcknowledged(event) ? .finish(.notSent(reason: reason)) : .recordNotSent(reason: reason), at: now)
        case .recordAmbiguous(let reason):
            issue(
                isAcknowledged(event) ? .finish(.ambiguous(reason: reason)) : .recordAmbiguous(reason: reason), at: now)
        case .finish: doing
        }
    }

    /// Time since T1 was issued, for T2's guard (row 6).
    package func elapsed(at now: MonotonicTime) -> Duration { writeBudget.elapsed(at: now) }

    /// Row 8: whether the first byte may leave now. Asked as the last act before the write.
    package var writeBudget: WriteBudget {
        WriteBudget(claimIssued: claimIssued, sendIssued: sendIssued, timing: timing)
    }

    private var committed: LineOutcome = .recorded

    private mutating func issue(_ action: Action, at now: MonotonicTime) -> Action {
        switch action {
        case .claim(let merged):
            claimIssued = now
            if merged { sendIssued = now }
        case .send: sendIssued = now
        default: break
        }
        doing = action
        return action
    }

    private func afterClaim(_ event: Event) -> Action {
        switch event {
        case .stepped(.claimed): .send
        case .stepped(.sent): .journal
        case .stepped(let outcome): .finish(.notClaimed(outcome))
        case .acknowledgementLost: .reread(.claim)
        default: .finish(.storeUnavailable)
        }
    }

    private func afterSend(_ event: Event) -> Action {
        switch event {
        case .stepped(.sent): .journal
        case .stepped(.notMine): .finish(.lost)
        case .stepped(let outcome): .finish(.notClaimed(outcome))
        case .acknowledgementLost: .reread(.send)
        default: .recordNotSent(reason: "store")
        }
    }

    private func afterReread(_ step: Step, _ event: Event) -> Action {
        guard case .reread(let found, let mine) = event else {
            guard step == .commit else { return .recordNotSent(reason: "store") }
            return isSpooled ? .finish(.spooled) : .spool
        }
        switch (step, found?.state) {
        case (.commit, .done?), (.commit, .rejected?): return .deleteSpoolEntry
        case (.commit, _): return .commit
        case (_, nil): return .finish(.storeUnavailable)
        case (_, .intent?) where mine: return .send
        case (_, .sent?) where mine: return .journal
        // Taken over meanwhile: its owner alone knows that no byte left.
        case (_, .ambiguous?): return .recordNotSent(reason: "taken_over_before_sending")
        default: return .finish(.lost)
        }
    }

    private mutating func afterPresent(_ event: Event, at now: MonotonicTime) -> Action {
        switch event {
        case .answered:
            answeredAt = now
            return .spool
        case .notWritten(let reason): return .recordNotSent(reason: reason)
        case .broken(let reason): return .recordAmbiguous(reason: reason)
        default: return .recordAmbiguous(reason: "interrupted")
        }
    }

    /// A spool that cannot be written is tried again for as long as C; then the answer goes to the store without it, and
    /// to both in turn, since nothing that was received may be dropped.
    private mutating func afterSpool(_ event: Event, at now: MonotonicTime) -> Action {
        if event == .spooled {
            isSpooled = true
            return .commit
        }
        return withinCommitBudget(now) ? .spool : .commit
    }

    private mutating func afterCommit(_ event: Event, at now: MonotonicTime) -> Action {
        switch event {
        case .stepped(let outcome):
            committed = outcome
            return .deleteSpoolEntry
        case .acknowledgementLost: return .reread(.commit)
        default:
            guard isSpooled else { return .spool }
            return withinCommitBudget(now) ? .commit : .finish(.spooled)
        }
    }

    private func isAcknowledged(_ event: Event) -> Bool {
        if case .stepped = event { true } else { false }
    }

    private func withinCommitBudget(_ now: MonotonicTime) -> Bool {
        answeredAt.map { now - $0 <= timing.commitBudget } ?? false
    }
}

/// The two clock checks of row 8, as a value that a callback can hold.
package struct WriteBudget: Sendable, Hashable {
    let claimIssued: MonotonicTime
    let sendIssued: MonotonicTime
    let timing: Timing

    /// Row 6: elapsed(m1).
    package func elapsed(at now: MonotonicTime) -> Duration { now - claimIssued }

    /// elapsed(m2) <= B and elapsed(m1) <= L-H-C.
    package func allowsWriting(at now: MonotonicTime) -> Bool {
        now - sendIssued <= timing.sendWindow
            && elapsed(at: now) <= timing.lease - timing.hard - timing.commitBudget
    }

    /// What is left of B, for the connect time-out; never negative.
    package func remaining(at now: MonotonicTime) -> Duration {
        max(.zero, timing.sendWindow - (now - sendIssued))
    }
}
