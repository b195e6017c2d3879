import ConnectorSDK
import Model
import RefreshProtocol
import Testing

@testable import Pipeline

/// What a refresh, or a renewal, without new tokens means for its caller: kind, code, reason and how long to wait. The
/// status follows from the code (`ProblemTests`).
@Suite struct RefreshVerdictTests {
    private static let now = Timestamp(milliseconds: 1_000_000)
    private static let soon = now + .seconds(7)

    /// What is expected of a verdict.
    struct Expected: Sendable {
        let kind: RefreshVerdict.Kind
        let code: PipelineError.Code
        /// A part of the detail.
        let reason: String
        var wait: Duration?

        init(_ kind: RefreshVerdict.Kind, _ code: PipelineError.Code, _ reason: String, _ wait: Duration? = nil) {
            self.kind = kind
            self.code = code
            self.reason = reason
            self.wait = wait
        }
    }

    static func past(_ wait: Duration? = nil) -> Expected {
        Expected(.current, .expired, "is past and cannot be refreshed now", wait)
    }

    static let waits: [(LineOutcome.Wait, Expected)] = [
        (.notBefore, past(.seconds(7))), (.forceInterval, past(.seconds(7))), (.reportInterval, past(.seconds(7))),
        (.breaker, Expected(.failed, .providerUnavailable, "refuses many connections of this client", .seconds(7))),
        (.rateLimit, Expected(.failed, .providerRateLimited, "rate limit of this client", .seconds(7))),
        (.silence, Expected(.open, .refreshInProgress, "may still be at work", .seconds(7))),
        (.holder, Expected(.open, .refreshInProgress, "may still be at work", .seconds(7))),
        (.takenOver, Expected(.open, .refreshInProgress, "may still be at work", .seconds(7))),
        (.newSession, Expected(.failed, .storeUnavailable, "every host looks at it", .seconds(7))),
        (.upgrade, Expected(.failed, .providerUnavailable, "upgrade of this token comes before", .seconds(7))),
        (.backOff, Expected(.failed, .providerUnavailable, "the next try waits", .seconds(7))),
        (.confirmDelay, Expected(.failed, .providerUnavailable, "the next try waits", .seconds(7))),
    ]

    @Test("each reason to wait", arguments: waits)
    func waiting(_ wait: LineOutcome.Wait, _ expected: Expected) {
        Self.expect(.notClaimed(.notYet(until: Self.soon, wait)), expected)
        var late = expected
        late.wait = .seconds(1)
        Self.expect(.notClaimed(.notYet(until: Self.now - .seconds(5), wait)), late)
    }

    @Test("an open breaker: what opened it says whose fault it is")
    func breaker() {
        let outcome = Owner.Result.notClaimed(.notYet(until: Self.soon, .breaker))
        let wrong = Expected(.failed, .clientMisconfigured, "refuses the client (invalid_client)", .seconds(7))
        Self.expect(outcome, wrong, breaker: "invalid_client")
        let many = Expected(.failed, .providerUnavailable, "refuses many connections", .seconds(7))
        Self.expect(outcome, many, breaker: "refusals")
    }

    static let refusals: [(LineOutcome.Refusal, Expected)] = [
        (.pending, Expected(.failed, .pending, "is not finished")),
        (.disabled, Expected(.failed, .connectorDisabled, "is disabled in this organization")),
        (.nothingToPresent, past()),
        (.needsReauthorization, Expected(.failed, .needsReauthorization, "has to authorize the connection again")),
        (.verify, Expected(.failed, .needsReauthorization, "has to authorize the connection again")),
        (.revoked, Expected(.failed, .revoked, "was revoked")),
        (.keysUnavailable, Expected(.failed, .keysUnavailable, "key is not available", .seconds(5))),
        (.spoolUnflushed, Expected(.failed, .refreshInProgress, "waits to be stored", .seconds(2))),
        (.storeWentBack, Expected(.failed, .storeUnavailable, "went back in time", .seconds(30))),
    ]

    @Test("each refusal of a claim", arguments: refusals)
    func refused(_ refusal: LineOutcome.Refusal, _ expected: Expected) {
        Self.expect(.notClaimed(.refused(refusal)), expected)
    }

    static let failures: [(ProviderFailure.Disposition?, Expected)] = [
        (.misconfigured, Expected(.failed, .clientMisconfigured, "refuses the client (code-7)", .seconds(60))),
        (.rateLimited(after: .seconds(9)), Expected(.failed, .providerRateLimited, "limits this client", .seconds(3))),
        (.retryLater(after: nil), Expected(.failed, .providerUnavailable, "could not answer (code-7)", .seconds(3))),
        (.unclear, Expected(.failed, .providerUnavailable, "could not answer (code-7)", .seconds(3))),
        (.busy, Expected(.failed, .providerUnavailable, "could not answer (code-7)", .seconds(3))),
        (.refused, Expected(.failed, .providerUnavailable, "refused the refresh (code-7)", .seconds(3))),
        (nil, Expected(.failed, .providerError, "could not be used", .seconds(3))),
    ]

    @Test("each answer without tokens; what the provider asked to wait is in the line by now", arguments: failures)
    func answered(_ disposition: ProviderFailure.Disposition?, _ expected: Expected) {
        Self.expect(.committed(.recorded), expected, failure: disposition) { $0.nextTryAt = Self.now + .seconds(3) }
    }

    static let ends: [(Owner.Result, Expected)] = [
        (.notClaimed(.current), past()), (.committed(.duplicate), past()), (.committed(.candidate), past()),
        (.storeUnavailable, Expected(.failed, .storeUnavailable, "did not take the claim", .seconds(2))),
        (.spooled, Expected(.open, .refreshInProgress, "is under way", .seconds(3))),
        (.lost, Expected(.open, .refreshInProgress, "is under way", .seconds(3))),
        (.ambiguous(reason: "cut"), Expected(.open, .refreshInProgress, "is under way", .seconds(3))),
        (.notSent(reason: "no route"), Expected(.failed, .providerUnavailable, "Nothing was sent", .seconds(3))),
        (.notSent(reason: "no route"), Expected(.failed, .providerUnavailable, "no route", .seconds(3))),
        (.notClaimed(.notMine), Expected(.failed, .providerError, "could not be used", .seconds(3))),
    ]

    @Test("each other end of a run", arguments: ends)
    func ended(_ result: Owner.Result, _ expected: Expected) {
        Self.expect(result, expected) { $0.nextTryAt = Self.now + .seconds(3) }
    }

    @Test("a T1 that failed for certain leaves nothing to wait for; what was open before it still is")
    func unclaimed() {
        let away = Expected(.failed, .storeUnavailable, "nothing was sent to the provider", .seconds(2))
        Self.expect(.storeUnavailable, away)
        Self.expect(.storeUnavailable, away) {
            $0.state = .degraded
            $0.failures = 3
        }
        Self.expect(.storeUnavailable, away) {
            ($0.expiresAt, $0.canPresent) = (Self.now - .seconds(1), false)
        }
        let recovering = Expected(.open, .refreshInProgress, "is under way", .seconds(7))
        Self.expect(.storeUnavailable, recovering) { ($0.state, $0.quietAt) = (.recovering, Self.soon) }
    }

    @Test("a refresh that goes on, here or elsewhere: no longer than the lease, silence or two minutes ask for")
    func under() {
        func inFlight(_ until: Duration, quiet: Duration, _ wait: Duration) {
            let end = Owner.Result.notClaimed(.inFlight(AttemptID("a"), until: Self.now + until))
            Self.expect(end, Expected(.open, .refreshInProgress, "is under way", wait)) {
                $0.quietAt = Self.now + quiet
            }
        }
        inFlight(.seconds(20), quiet: .zero, .seconds(20))
        inFlight(.seconds(20), quiet: .seconds(8), .seconds(8))
        inFlight(.seconds(20), quiet: .seconds(80), .seconds(20))
        inFlight(.zero, quiet: .zero, .seconds(1))
        inFlight(.seconds(500), quiet: .zero, .seconds(120))
        for end in [nil, TokenPipeline.RunEnd(report: nil, joined: true)] {
            let verdict = RefreshVerdict(end, Self.snapshot { $0.quietAt = Self.soon }, breaker: nil, now: Self.now)
            Self.expect(verdict, Expected(.open, .refreshInProgress, "is under way", .seconds(7)))
        }
    }

    static let elsewhere: [(Attempt.State, code: String, waits: Bool, Expected)] = [
        (.rejected, "invalid_client", false, Expected(.failed, .clientMisconfigured, "(invalid_client)", .seconds(60))),
        (.rejected, "http_429", true, Expected(.failed, .providerRateLimited, "limits this client", .seconds(3))),
        (.rejected, "slow_down", true, Expected(.failed, .providerRateLimited, "limits this client", .seconds(3))),
        (
            .rejected, "http_503", true,
            Expected(.failed, .providerUnavailable, "could not answer (http_503)", .seconds(3))
        ),
        (.notSent, "dns", true, Expected(.failed, .providerUnavailable, "could not answer (not_sent)", .seconds(3))),
        (.ambiguous, "cut", true, Expected(.open, .refreshInProgress, "is under way", .seconds(3))),
        (.done, "", false, past()),
    ]

    @Test("what another host's call ended with is the same problem here", arguments: elsewhere)
    func otherHost(_ state: Attempt.State, code: String, waits: Bool, _ expected: Expected) {
        var attempt = Attempt(
            id: AttemptID("theirs"), grant: GrantID("g"), generationIn: 1, fence: 1, purpose: .normal,
            rotation: .static, host: HostID("a"), boot: BootID("b"), state: state, claimedAt: Self.now)
        (attempt.closedAt, attempt.outcome) = (Self.now, code)
        var report = RunReport(result: .notClaimed(.inFlight(attempt.id, until: Self.soon)))
        report.awaited = attempt
        let snapshot = Self.snapshot { if waits { $0.nextTryAt = Self.now + .seconds(3) } }
        let end = TokenPipeline.RunEnd(report: report, joined: true)
        Self.expect(RefreshVerdict(end, snapshot, breaker: nil, now: Self.now), expected)
    }

    @Test("a line that is confirmed, recovered or verified says so, whatever its run has said")
    func states() {
        let suspect = Expected(.open, .providerUnavailable, "it is confirmed before the user is asked", .seconds(7))
        let verify = Expected(.failed, .needsReauthorization, "no operator has said yet")
        let recovering = Expected(.open, .refreshInProgress, "is under way", .seconds(7))
        for (state, expected) in [(LineState.suspect, suspect), (.verify, verify), (.recovering, recovering)] {
            Self.expect(.notClaimed(.notYet(until: Self.soon, .rateLimit)), expected) {
                $0.state = state
                $0.nextTryAt = Self.soon
            }
        }
        let restored = Expected(.failed, .needsReauthorization, "restored without the newest tokens")
        Self.expect(.notClaimed(.refused(.needsReauthorization)), restored) {
            $0.state = .needsReauthorization(.restored)
        }
    }

    @Test("a problem of ours comes before everything else")
    func problem() {
        let ours = PipelineError(.hostsNotConfigured, "The hosts are not set.", retryAfter: .seconds(4))
        let report = RunReport(result: .notClaimed(.refused(.keysUnavailable)), problem: ours)
        let end = TokenPipeline.RunEnd(report: report, joined: false)
        let verdict = RefreshVerdict(end, Self.snapshot { $0.state = .recovering }, breaker: nil, now: Self.now)
        #expect(verdict.problem == ours && verdict.kind == .failed && verdict.retryAfter == .seconds(4))
    }

    @Test("what has to be authorized again names the connection and its connector")
    func link() {
        for refusal in [LineOutcome.Refusal.needsReauthorization, .nothingToPresent] {
            let problem = RefreshVerdict.problem(
                of: .refused(refusal), Self.snapshot(), breaker: nil, now: Self.now)
            #expect(problem.connection == ConnectionID("c") && problem.connector == "acme", "\(refusal)")
        }
    }

    @Test("what is warned of beside a token: no failure where nothing was tried since an operator's word")
    func warnings() {
        func warning(_ state: LineState, _ failures: Int) -> TokenView.Warning? {
            Self.snapshot { ($0.state, $0.failures) = (state, failures) }.refreshWarning
        }
        #expect(warning(.active, 0) == nil)
        #expect(warning(.verify, 0)?.code == "verify")
        #expect(warning(.degraded, 0)?.code == "refresh_failing")
        #expect(warning(.degraded, 0)?.detail.contains("is due") == true)
        for (state, failures) in [(LineState.degraded, 1), (.recovering, 0), (.suspect, 1), (.active, 1)] {
            #expect(warning(state, failures)?.detail.contains("did not succeed") == true, "\(state)")
        }
    }

    static let renewals: [(ProviderFailure.Disposition?, Expected)] = [
        (.misconfigured, Expected(.failed, .clientMisconfigured, "refuses the client (code-7)", .seconds(60))),
        (.rateLimited(after: .seconds(9)), Expected(.failed, .providerRateLimited, "limits this client", .seconds(9))),
        (.rateLimited(after: nil), Expected(.failed, .providerRateLimited, "limits this client", .seconds(5))),
        (
            .retryLater(after: .seconds(9)),
            Expected(.failed, .providerUnavailable, "could not answer (code-7)", .seconds(9))
        ),
        (.retryLater(after: nil), Expected(.failed, .providerUnavailable, "could not answer (code-7)", .seconds(5))),
        (.busy, Expected(.failed, .providerUnavailable, "cannot be read (code-7)", .seconds(5))),
        (.unclear, Expected(.failed, .providerUnavailable, "cannot be read (code-7)", .seconds(5))),
        (.refused, Expected(.failed, .providerError, "refused the grant (code-7)", .seconds(5))),
        (nil, Expected(.failed, .providerError, "refused the grant ()", .seconds(5))),
    ]

    @Test("each answer without tokens to a code, a device, a renewal or an import", arguments: renewals)
    func grants(_ disposition: ProviderFailure.Disposition?, _ expected: Expected) {
        let problem = TokenPipeline.problem(of: disposition.map { ProviderFailure($0, code: "code-7") })
        #expect(problem.code == expected.code && problem.retryAfter == expected.wait)
        #expect(problem.detail.contains(expected.reason), "\(problem.detail)")
    }

    @Test("an answer that cannot be read may ask to wait as well")
    func unclearWaits() {
        let failure = ProviderFailure(.unclear, code: "http_503", retryAfter: .seconds(20))
        #expect(TokenPipeline.problem(of: failure).retryAfter == .seconds(20))
        let answer = AnswerReader.answer(failure, to: .refresh)
        #expect(answer == .unclear(after: .seconds(20), code: "http_503"))
        #expect(failure.hiding([Secret("http_503")]).retryAfter == .seconds(20))
    }

    @Test("an answer that may hold the only token is kept, whatever its code leads to")
    func kept() {
        func keeps(_ failure: ProviderFailure) -> Bool {
            AnswerReader.Read(answer: AnswerReader.answer(failure, to: .refresh), failure: failure).keepsRaw
        }
        #expect(keeps(ProviderFailure(.unclear, code: "x")))
        #expect(keeps(ProviderFailure(.refused, code: "x", holdsToken: true)))
        #expect(!keeps(ProviderFailure(.refused, code: "x")))
    }

    // MARK: Helpers

    private static func expect(
        _ result: Owner.Result, _ expected: Expected, failure: ProviderFailure.Disposition? = nil,
        breaker: String? = nil, _ change: (inout Line) -> Void = { _ in }
    ) {
        let failure = failure.map { ProviderFailure($0, code: "code-7") }
        let end = TokenPipeline.RunEnd(report: RunReport(result: result, failure: failure), joined: false)
        expect(RefreshVerdict(end, snapshot(change), breaker: breaker, now: now), expected)
    }

    private static func expect(_ verdict: RefreshVerdict, _ expected: Expected) {
        #expect(verdict.kind == expected.kind)
        #expect(verdict.problem.code == expected.code)
        #expect(verdict.problem.detail.contains(expected.reason), "\(verdict.problem.detail)")
        #expect(verdict.problem.retryAfter == expected.wait && verdict.retryAfter == expected.wait)
    }

    private static func snapshot(_ change: (inout Line) -> Void = { _ in }) -> ConnectionSnapshot {
        let connection = ConnectionRecord(
            id: ConnectionID("c"), organization: OrganizationID("org-1"), connector: "acme", client: "default",
            name: "c", owner: .organization, createdAt: now, grantType: "authorization_code")
        var line = Line(
            id: LineID(connection: connection.id), organization: connection.organization, grant: GrantID("g"),
            rotation: .singleUse)
        line.state = .active
        line.generation = 1
        change(&line)
        return ConnectionSnapshot(
            connection: connection, client: nil, line: line, tokens: nil, auditIdentifier: nil, enabled: true)
    }
}
