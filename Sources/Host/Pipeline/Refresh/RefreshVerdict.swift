import ConnectorSDK
import Model
import Provider
import RefreshProtocol

/// What a refresh that brought no new generation means for a caller (DESIGN.md §7, the paragraph after the statuses).
struct RefreshVerdict {
    enum Kind {
        /// Nothing was to be done, or a limit held the call back.
        case current
        /// The outcome is not known yet.
        case open
        /// Failed for certain.
        case failed
    }

    let kind: Kind
    let retryAfter: Duration?
    /// The problem, where the stored token cannot be served instead.
    let problem: PipelineError

    /// - Parameter breaker: the code that keeps the client's breaker open, if it is.
    init(_ end: TokenPipeline.RunEnd?, _ snapshot: ConnectionSnapshot, breaker: String?, now: Timestamp) {
        let judged = Self.judge(end, snapshot, breaker, now)
        (kind, problem) = judged
        retryAfter = judged.1.retryAfter
    }

    /// Why something was not presented, whatever state the line is in.
    static func problem(
        of outcome: LineOutcome, _ snapshot: ConnectionSnapshot, breaker: String?, now: Timestamp
    ) -> PipelineError {
        judge(RunReport(result: .notClaimed(outcome)), snapshot, breaker, now).1
    }

    private static func judge(
        _ end: TokenPipeline.RunEnd?, _ snapshot: ConnectionSnapshot, _ breaker: String?, _ now: Timestamp
    ) -> (Kind, PipelineError) {
        // Without a place nothing was asked: what is open stays open.
        if let problem = end?.report?.problem, !CallPlaces.isBusy(problem) { return (.failed, problem) }
        switch snapshot.line.state {
        case .recovering: return (.open, inProgress(snapshot, now))
        case .suspect:
            let wait = max(.seconds(1), snapshot.line.nextTryAt - now)
            return (
                .open,
                PipelineError(
                    .providerUnavailable, "The provider refused the refresh; it is confirmed before the user is asked.",
                    retryAfter: wait)
            )
        case .verify:
            return (.failed, snapshot.needsReauthorization)
        default: break
        }
        guard let end else { return (.open, inProgress(snapshot, now)) }
        guard let report = end.report else { return (.open, inProgress(snapshot, now)) }
        if let problem = report.problem { return (.failed, problem) }
        return judge(report, snapshot, breaker, now)
    }

    private static func judge(
        _ report: RunReport, _ snapshot: ConnectionSnapshot, _ breaker: String?, _ now: Timestamp
    ) -> (Kind, PipelineError) {
        // Whatever held this try back, no later one helps: shown as `expired`, answered as `expired`.
        if !report.isOpen, snapshot.line.status(at: now) == .expired { return (.failed, expired(snapshot)) }
        switch report.result {
        case .notClaimed(.notYet(let until, let wait)): return waiting(wait, until: until, snapshot, breaker, now)
        case .notClaimed(.current), .committed(.duplicate), .committed(.candidate):
            return (.current, expired(snapshot))
        case .notClaimed(.inFlight(_, let until)):
            if let awaited = report.awaited { return elsewhere(awaited, snapshot, now) }
            return (.open, inProgress(snapshot, now, until))
        case .notClaimed(.refused(.nothingToPresent)): return (.current, expired(snapshot))
        case .notClaimed(.refused(let refusal)): return (.failed, refused(refusal, snapshot))
        case .storeUnavailable: return (.failed, unclaimed)
        case .spooled, .lost, .ambiguous:
            return (.open, inProgress(snapshot, now))
        case .notSent(let reason):
            return (
                .failed,
                PipelineError(
                    .providerUnavailable, "Nothing was sent to the provider: \(text(of: reason)).",
                    retryAfter: wait(snapshot, now))
            )
        case .committed, .notClaimed: return (.failed, failure(report.failure, snapshot, now))
        }
    }

    /// What became of another host's call that brought no new generation: its callers there hear the same.
    private static func elsewhere(
        _ attempt: Attempt, _ snapshot: ConnectionSnapshot, _ now: Timestamp
    ) -> (Kind, PipelineError) {
        switch attempt.state {
        case .done: (.current, expired(snapshot))
        case .rejected: (.failed, failure(attempt.failure(on: snapshot.line), snapshot, now))
        case .notSent: (.failed, failure(ProviderFailure(.retryLater(after: nil), code: "not_sent"), snapshot, now))
        case .intent, .sent, .ambiguous: (.open, inProgress(snapshot, now))
        }
    }

    /// T1 failed for certain: nothing is under way that a caller could wait for, and nobody knows whether there was need.
    private static let unclaimed = PipelineError(
        .storeUnavailable, "The store did not take the claim, so nothing was sent to the provider.",
        retryAfter: .seconds(2))

    /// For people; codes of the provider client are for programs.
    private static func text(of reason: String) -> String {
        NotSentReason.allCases.first { $0.code == reason }?.description ?? reason
    }

    private static func waiting(
        _ wait: LineOutcome.Wait, until: Timestamp, _ snapshot: ConnectionSnapshot, _ breaker: String?,
        _ now: Timestamp
    ) -> (Kind, PipelineError) {
        let left = max(.seconds(1), until - now)
        switch wait {
        case .notBefore, .forceInterval, .reportInterval:
            var problem = expired(snapshot)
            problem.retryAfter = left
            return (.current, problem)
        case .breaker: return (.failed, breakerOpen(breaker, after: left))
        case .rateLimit: return (.failed, rateLimited(after: left))
        case .silence, .holder, .takenOver:
            return (
                .open,
                PipelineError(
                    .refreshInProgress, "An earlier call may still be at work at the provider.", retryAfter: left)
            )
        case .newSession:
            return (
                .failed,
                PipelineError(
                    .storeUnavailable, "The store has begun anew; every host looks at it before anything is presented.",
                    retryAfter: left)
            )
        case .upgrade:
            return (
                .failed,
                PipelineError(
                    .providerUnavailable, "The upgrade of this token comes before a refresh, and is tried again.",
                    retryAfter: left)
            )
        case .backOff, .confirmDelay:
            return (
                .failed,
                PipelineError(.providerUnavailable, "The last refresh failed; the next try waits.", retryAfter: left)
            )
        }
    }

    private static func failure(
        _ failure: ProviderFailure?, _ snapshot: ConnectionSnapshot, _ now: Timestamp
    ) -> PipelineError {
        let after = wait(snapshot, now)
        switch failure?.disposition {
        case .misconfigured: return misconfigured(failure?.code ?? "", after: .seconds(60))
        case .rateLimited:
            return PipelineError(.providerRateLimited, "The provider limits this client's calls.", retryAfter: after)
        case .retryLater, .unclear, .busy:
            return PipelineError(
                .providerUnavailable, "The provider could not answer (\(failure?.code ?? "")).", retryAfter: after)
        case .refused:
            return PipelineError(
                .providerUnavailable, "The provider refused the refresh (\(failure?.code ?? "")).", retryAfter: after)
        case nil: return PipelineError(.providerError, "The provider's answer could not be used.", retryAfter: after)
        }
    }

    /// Why a grant that is imported may not be presented now: a client's breaker and rate limit hold for each of its
    /// presentations (PROTOCOL.md §3); nil when it may.
    static func held(_ admission: ClientGates.Admission, breaker: String?, now: Timestamp) -> PipelineError? {
        if case .open(let until) = admission.breaker {
            return breakerOpen(breaker, after: max(.seconds(1), until - now))
        }
        return admission.rateLimitedUntil.map { rateLimited(after: max(.seconds(1), $0 - now)) }
    }

    /// Whether nothing was asked of the provider since its client has to wait or there is no place, and asking again helps.
    static func isHeld(_ problem: PipelineError) -> Bool {
        [limitIsUsed, manyAreRefused].contains(problem.detail) || CallPlaces.isBusy(problem)
    }

    private static let limitIsUsed = "The rate limit of this client or connection is used up."
    private static let manyAreRefused = "The provider refuses many connections of this client; refreshes wait."

    private static func breakerOpen(_ code: String?, after: Duration) -> PipelineError {
        if let code, code != "refusals" { return misconfigured(code, after: after) }
        return PipelineError(.providerUnavailable, manyAreRefused, retryAfter: after)
    }

    private static func rateLimited(after: Duration) -> PipelineError {
        PipelineError(.providerRateLimited, limitIsUsed, retryAfter: after)
    }

    private static func misconfigured(_ code: String, after: Duration) -> PipelineError {
        PipelineError(
            .clientMisconfigured, "The provider refuses the client (\(code)): check its id, secret and settings.",
            retryAfter: after)
    }

    private static func refused(_ refusal: LineOutcome.Refusal, _ snapshot: ConnectionSnapshot) -> PipelineError {
        switch refusal {
        case .pending: PipelineError(.pending, "The authorization of this connection is not finished.")
        case .disabled: PipelineError(.connectorDisabled, "The connector is disabled in this organization.")
        case .needsReauthorization, .verify: snapshot.needsReauthorization
        case .nothingToPresent: expired(snapshot)
        case .revoked: PipelineError(.revoked, "This connection was revoked.")
        case .keysUnavailable:
            PipelineError(.keysUnavailable, "The organization's key is not available.", retryAfter: .seconds(5))
        case .spoolUnflushed:
            PipelineError(
                .refreshInProgress, "An answer of this connection waits to be stored.", retryAfter: .seconds(2))
        case .storeWentBack: PipelineError(.storeUnavailable, "The store went back in time.", retryAfter: .seconds(30))
        }
    }

    private static func expired(_ snapshot: ConnectionSnapshot) -> PipelineError {
        var error = PipelineError(.expired, "The access token is past and cannot be refreshed now.")
        error.connector = snapshot.connection.connector
        error.connection = snapshot.connection.id
        return error
    }

    private static func inProgress(
        _ snapshot: ConnectionSnapshot, _ now: Timestamp, _ until: Timestamp? = nil
    ) -> PipelineError {
        let line = snapshot.line
        let ready = max(line.quietAt, line.nextTryAt)
        let left = until.map { min($0, ready > now ? ready : $0) - now } ?? (ready - now)
        return PipelineError(
            .refreshInProgress, "A refresh of this connection is under way.",
            retryAfter: min(max(.seconds(1), left), .seconds(120)))
    }

    private static func wait(_ snapshot: ConnectionSnapshot, _ now: Timestamp) -> Duration {
        max(.seconds(1), snapshot.line.nextTryAt - now)
    }
}

extension Attempt {
    /// Why it was rejected, as far as the store tells: of a refusal the line's state speaks, and rows 22 and 23 are told
    /// apart by the back-off that only the latter leaves behind.
    fileprivate func failure(on line: Line) -> ProviderFailure {
        let code = outcome ?? state.rawValue
        guard line.nextTryAt > (closedAt ?? .distantPast) else { return ProviderFailure(.misconfigured, code: code) }
        let isLimit = Self.limits.contains(code)
        return ProviderFailure(isLimit ? .rateLimited(after: nil) : .retryLater(after: nil), code: code)
    }

    /// What providers call a limit; of one with a name of its own is said that the provider could not answer.
    private static let limits: Set = [
        "http_429", "slow_down", "ratelimited", "rate_limited", "rate_limit_exceeded", "too_many_requests",
    ]
}
