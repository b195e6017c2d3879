import ConnectorSDK
package import Model
import RefreshProtocol
import StoreContract
import Telemetry

/// `POST …/refresh`: one provider call for everybody who asks at once.
extension TokenPipeline {
    /// Refreshes, joins a running refresh, or says that nothing is to be done.
    package func refresh(
        _ id: ConnectionID, _ request: RefreshRequest, by caller: Caller
    ) async throws -> RefreshAnswer {
        try caller.require(request.force ? .force : .refresh)
        try await requireServing()
        let before = try await snapshot(id, token: request.name, for: caller)
        try before.requireServable()
        switch try decide(request, before) {
        case .current(let retryAfter):
            return try await answer(before, .current, retryAfter: retryAfter, to: caller)
        case .refresh(let need):
            let ended = await runRefresh(before.line.id, need: need, actor: Actor(caller))
            var after = try await snapshot(of: before.line.id, after: ended, for: caller)
            // First: what was revoked or disabled meanwhile is not served, though the call on the wire has committed.
            try after.requireServable()
            if after.line.generation > before.line.generation {
                return try await answer(
                    after, ended?.outcome(of: after) ?? .current, to: caller, isRecorded: ended?.records(after) == true)
            }
            if case .report(let generation) = need, try await keepReport(of: generation, in: after, by: caller) {
                after = try await snapshot(id, token: request.name, for: caller)
            }
            let verdict = self.verdict(ended, after)
            switch verdict.kind {
            case .current where after.isValid(at: parts.store.now):
                return try await answer(after, .current, retryAfter: verdict.retryAfter, to: caller)
            case .open where after.isValid(at: parts.store.now):
                return try await answer(after, .pending, retryAfter: verdict.retryAfter, to: caller)
            case .current, .open, .failed: throw verdict.problem
            }
        }
    }

    /// A token of unknown lifetime ends with a report also where no claim took it: it joined another refresh, or something of
    /// ours was missing. Whether anything was written.
    private func keepReport(
        of generation: Int64, in snapshot: ConnectionSnapshot, by caller: Caller
    ) async throws -> Bool {
        guard snapshot.line.hasUnknownLifetime, snapshot.line.reportedDead != generation else { return false }
        let (parts, id) = (parts, snapshot.line.id)
        return try await wrapping {
            try await self.write(id.connection) { transaction in
                guard let connection = try transaction.connection(id.connection),
                    let step = try transaction.step(id, .reported(generation), timing: parts.settings.timing),
                    step.outcome == .applied
                else { return false }
                try transaction.record(step, of: connection, action: "refresh_claim", by: Actor(caller), parts: parts)
                return true
            }
        }
    }

    private enum Decision {
        case current(retryAfter: Duration?)
        case refresh(Claim.Need)
    }

    /// PROTOCOL.md §8, before anything is claimed; T1 decides it again.
    private func decide(_ request: RefreshRequest, _ snapshot: ConnectionSnapshot) throws -> Decision {
        let generation = snapshot.line.generation
        if let observed = request.observedGeneration {
            guard observed <= generation else {
                throw PipelineError.invalid("observed_generation", "the stored generation is \(generation)")
            }
            return observed < generation ? .current(retryAfter: nil) : .refresh(.report(generation: generation))
        }
        if request.force { return .refresh(.force(generation: generation)) }
        if snapshot.isFresh(at: parts.store.now) { return .current(retryAfter: nil) }
        return .refresh(.generation(generation))
    }

    private func answer(
        _ snapshot: ConnectionSnapshot, _ outcome: RefreshAnswer.Outcome, retryAfter: Duration? = nil,
        to caller: Caller, isRecorded: Bool = false
    ) async throws -> RefreshAnswer {
        let token = try await serve(
            snapshot, warnings: [], action: "token_refresh", to: caller, isRecorded: isRecorded)
        return RefreshAnswer(token: token, outcome: outcome, retryAfter: retryAfter)
    }

    /// What a caller got of a run: nil report when the soft deadline passed first (row 10).
    struct RunEnd: Sendable {
        var report: RunReport?
        var joined: Bool

        /// Whether T3's audit record tells of this caller's being given that token; of one who joined it does not.
        func records(_ snapshot: ConnectionSnapshot) -> Bool {
            !joined && report?.recordedGeneration == snapshot.line.generation
        }

        /// What a newer generation is to this caller: `refreshed` only if his own run brought it, by its attempt, since
        /// another grant's comes with a newer number as well (PROTOCOL.md §8: joined or current).
        func outcome(of snapshot: ConnectionSnapshot) -> RefreshAnswer.Outcome {
            if joined || report?.hasJoined(snapshot) == true { return .joined }
            switch report?.result {
            case .committed(.adopted)?, .notClaimed(.adopted)?: return .refreshed
            default:
                guard let report, let current = snapshot.line.current else { return .current }
                // The number stays where an upgrade has replaced the tokens; the attempt where T3's acknowledgement was lost.
                let isOwn = current.attempt == report.attempt || current.generation == report.recordedGeneration
                return isOwn ? .refreshed : .current
            }
        }
    }

    /// Joins or starts the refresh of a line and waits for it no longer than the soft deadline. Nil while draining.
    func runRefresh(_ line: LineID, need: Claim.Need, actor: Actor) async -> RunEnd? {
        let began = HostClock.now
        var end: RunEnd?
        // A joined run may have begun for a smaller need than this one; then this one is asked again, by itself.
        for _ in 0..<3 {
            guard (try? await requireServing()) != nil else { return nil }
            let (pending, joined) = inFlight.join(line) { pending in
                var run = RefreshRun(self, line: line, start: .refresh(need), actor: actor, pending: pending)
                await run.run()
            }
            if joined { parts.metrics.joinedRefreshes.increment() }
            let patience = parts.settings.timing.soft - (HostClock.now - began)
            let report = patience > .zero ? await pending.value(within: patience) : nil
            parts.metrics.leaseWaits.observe(HostClock.now - began)
            end = RunEnd(report: report, joined: joined)
            guard joined, let report, report.wasForAnotherNeed || report.wasBefore(need) || isLeftWaiting(report) else {
                return end
            }
        }
        return end
    }

    /// What a caller sees after a run that he has waited for. Where others write, all who have waited share one load: it
    /// began after the run, and so after each of them came (PROTOCOL.md §8).
    /// - Parameter unverified: See `load`.
    func snapshot(
        of line: LineID, after end: RunEnd?, for caller: Caller, unverified: Bool = false
    ) async throws -> ConnectionSnapshot {
        if let report = end?.report, !parts.store.isExclusive {
            let shared = try? await report.after.value { try await self.load(line, unverified: true) }
            if let shared, caller.sees(shared.connection), unverified || !shared.isUnverified { return shared }
        }
        // What is wrong each finds for himself.
        return try await snapshot(line.connection, token: line.name, for: caller, unverified: unverified)
    }

    /// Another host's call goes on, and the run that a caller joined has not waited for it, or no longer does.
    private func isLeftWaiting(_ report: RunReport) -> Bool {
        guard !parts.store.isExclusive, case .notClaimed(.inFlight) = report.result else { return false }
        return report.awaited == nil
    }
}

extension TokenPipeline {
    /// What a run without a new generation means for whoever waited for it; nil end: nothing was run.
    func verdict(_ end: RunEnd?, _ snapshot: ConnectionSnapshot) -> RefreshVerdict {
        RefreshVerdict(
            end, snapshot, breaker: gates.openCode(parts.gate(of: snapshot.connection))?.code, now: parts.store.now)
    }
}

extension RunReport {
    /// It brought what whoever joined had seen already: between T3 and the end of a run its generation is there to be seen.
    func wasBefore(_ need: Claim.Need) -> Bool {
        guard let brought = recordedGeneration ?? broughtElsewhere, let seen = need.generation else { return false }
        return brought <= seen
    }

    private var broughtElsewhere: Int64? { awaited?.state == .done ? awaited.map { $0.generationIn + 1 } : nil }

    /// The call of another host that callers here waited for has brought these tokens; an exchange is another grant's.
    fileprivate func hasJoined(_ snapshot: ConnectionSnapshot) -> Bool {
        guard let awaited, awaited.purpose != .exchange else { return false }
        return awaited.id == snapshot.line.current?.attempt
    }

    /// Nothing was presented for a reason that may not hold for whoever joined.
    fileprivate var wasForAnotherNeed: Bool {
        // The host's own run does not wait for a place; a caller does.
        if let problem, CallPlaces.isBusy(problem) { return true }
        return switch result {
        case .notClaimed(.current), .notClaimed(.notYet(_, .forceInterval)), .notClaimed(.notYet(_, .reportInterval)):
            true
        default: false
        }
    }
}

extension Claim.Need {
    /// What was seen by whoever needs it.
    var generation: Int64? {
        switch self {
        case .scheduled: nil
        case .validity(let generation, _), .generation(let generation), .report(let generation),
            .force(let generation):
            generation
        }
    }
}

extension ConnectionSnapshot {
    /// Received less than 30 s ago, or half its lifetime, if that is shorter (DESIGN.md §7).
    func isFresh(at now: Timestamp) -> Bool {
        guard isValid(at: now), let current = line.current?.content else { return false }
        let age = now - current.receivedAt
        guard let expiresAt = current.expiresAt else { return age < .seconds(30) }
        return age < min(.seconds(30), (expiresAt - current.receivedAt) / 2)
    }
}
