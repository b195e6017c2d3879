package import Model

/// The refresh protocol (PROTOCOL.md) as a pure state machine: `step(line, event) -> (line, outcome, signals)`.
/// It reads no clock, draws no random number and does no I/O; stores run it inside one transaction each.
package enum RefreshProtocol {
    /// What a step may know besides the line.
    package struct Context: Sendable {
        /// The store's clock.
        package let now: Timestamp
        package let timing: Timing
        /// The hosts' heartbeats, for `holder_clear` by silence or by the operator's word.
        package let hosts: [HostID: HostFact]

        package init(now: Timestamp, timing: Timing, hosts: [HostID: HostFact] = [:]) {
            self.now = now
            self.timing = timing
            self.hosts = hosts
        }
    }

    /// What the store knows about a host.
    package struct HostFact: Sendable, Hashable {
        /// When it was heard last, or from when on it could have been (`heard`).
        package var heartbeatAt: Timestamp
        /// The operator declared it lost (row 27).
        package var lost: Bool
        /// Its process of now, which holds nothing that an earlier one was given: those are dead (its spool has one holder).
        /// Nil while it still does.
        package var boot: BootID?

        package init(heartbeatAt: Timestamp, lost: Bool = false, boot: BootID? = nil) {
            self.heartbeatAt = heartbeatAt
            self.lost = lost
            self.boot = boot
        }

        /// The hosts by their heartbeats, each as one that was heard at least when it could have been: silence counts only
        /// while the store can be reached, so not while nobody is heard. Who comes back first would else take all others,
        /// who come back a moment later with what their spools hold, for dead.
        /// - Parameter since: When it could be reached again, as those say who came back.
        package static func heard(
            _ hosts: [HostID: HostFact], since: Timestamp, now: Timestamp, timing: Timing
        ) -> [HostID: HostFact] {
            let newest = hosts.values.map(\.heartbeatAt).max() ?? .distantPast
            let audible = now - newest < timing.longestUnheard ? since : now
            return hosts.mapValues { fact in
                var fact = fact
                fact.heartbeatAt = max(fact.heartbeatAt, audible)
                return fact
            }
        }
    }

    /// One transaction's decision.
    package static func step(_ line: Line, _ event: LineEvent, in context: Context) -> LineStep {
        var work = LineWork(line: line, context: context)
        let outcome = work.perform(event)
        work.normalize()
        return LineStep(line: work.line, outcome: outcome, signals: work.signals)
    }
}

/// A line while one event changes it.
struct LineWork {
    var line: Line
    let context: RefreshProtocol.Context
    var signals: [LineSignal] = []

    init(line: Line, context: RefreshProtocol.Context) {
        self.line = line
        self.context = context
    }

    var now: Timestamp { context.now }
    var timing: Timing { context.timing }

    mutating func perform(_ event: LineEvent) -> LineOutcome {
        switch event {
        case .claim(let claim): self.claim(claim)
        case .send(let attempt, let elapsed): send(attempt, elapsed: elapsed)
        case .notSent(let attempt, let reason): notSent(attempt, reason: reason)
        case .ambiguous(let attempt, let reason): ambiguous(attempt, reason: reason)
        case .answer(let presented, let answer): self.answer(answer, to: presented)
        case .statement(let host, let boot, let journaled, let exclusive):
            statement(of: host, boot: boot, journaled: journaled, exclusive: exclusive)
        case .redeem(let attempt, let grant, let content, let redeemer):
            redeem(attempt, grant: grant, content: content, by: redeemer)
        case .renew(let claim, let grant, let rotation, let token):
            renew(claim, grant: grant, rotation: rotation, token: token)
        case .renewed(let attempt, let grant, let replaced, let content):
            renewed(attempt, grant: grant, from: replaced, content: content)
        case .upgraded(let id, let parent, let content): upgrade(id, from: parent, content: content)
        case .learned(let attempt, let lifetime): learn(lifetime, of: attempt)
        case .importGrant(let claim, let grant, let content): importGrant(claim, grant: grant, content: content)
        case .reported(let generation): report(of: generation)
        case .notice: notice()
        case .revoke: revoke()
        case .setEnabled(let enabled): setEnabled(enabled)
        case .storeWentBack(let epoch, let mayBeAtWork): storeWentBack(epoch: epoch, mayBeAtWork: mayBeAtWork)
        case .handOver(let attempt, let redeemer): handOver(attempt, by: redeemer)
        case .recallHandOver(let handOver): recall(handOver)
        case .recallPresentation(let presented): recall(presented)
        case .adoptNewest: adoptNewest()
        case .assumeCurrent: assumeCurrent()
        case .reauthorize: reauthorize()
        }
    }

    /// RECOVERING with nothing unresolved left is DEGRADED (§2), and a window counts only while something may be open in it.
    mutating func normalize() {
        let unresolved = !line.unresolved.isEmpty
        if line.state == .recovering && !unresolved { line.state = .degraded }
        if !unresolved && line.open?.state != .sent { line.firstSentAt = nil }
    }

    /// Lease and `open_attempt` cleared, if they are this attempt's.
    mutating func release(_ attempt: AttemptID) {
        guard line.openAttempt == attempt else { return }
        line.openAttempt = nil
        line.leaseUntil = nil
    }

    /// Closes an attempt, whatever it was.
    mutating func close(_ attempt: AttemptID, as state: Attempt.State, outcome: String? = nil) {
        let now = now
        line.update(attempt) {
            $0.state = state
            $0.closedAt = now
            if let outcome { $0.outcome = outcome }
        }
        if state == .notSent || state == .rejected { forgetImported(by: attempt) }
    }

    /// The presentation that just ended was the only one that could still be at work: silence is over (row 13's rule;
    /// docs/decisions/0003).
    mutating func endSilence(after attempt: AttemptID, at time: Timestamp) {
        if line.unresolved.allSatisfy({ $0.id == attempt }) { line.quietAt = time }
    }

    /// Counts a failure and sets the time of the next try.
    mutating func backOff(_ attempt: AttemptID, atLeast wait: Duration? = nil) {
        line.failures += 1
        let delay = timing.backOff(failures: line.failures, seed: attempt)
        line.nextTryAt = now + max(delay, min(wait ?? .zero, timing.longestRetryAfter))
    }
}

extension Line {
    /// The open attempt itself.
    package var open: Attempt? { openAttempt.flatMap { attempt($0) } }

    /// The attempt of that id, if it is loaded.
    package func attempt(_ id: AttemptID) -> Attempt? { attempts.first { $0.id == id } }

    /// Where generations and fences of its epoch begin (§9), as its fence tells; 0 in the first.
    package var epochStart: Int64 { (fence >> 32) << 32 }

    /// The current version.
    package var current: TokenVersion? { versions.first { $0.status == .current } }

    /// Presentations of the current generation whose outcome nobody knows (§2).
    package var unresolved: [Attempt] {
        attempts.filter { $0.grant == grant && $0.generationIn == generation && $0.state == .ambiguous }
    }

    mutating func update(_ id: AttemptID, _ change: (inout Attempt) -> Void) {
        guard let index = attempts.firstIndex(where: { $0.id == id }) else { return }
        change(&attempts[index])
    }
}

extension RefreshProtocol {
    /// Names the version of an imported refresh token: generation 0, brought by no presentation of ours.
    package static func importID(of attempt: AttemptID) -> AttemptID { AttemptID("import-" + attempt.description) }
}
