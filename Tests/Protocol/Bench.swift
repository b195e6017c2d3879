import ConnectorSDK
import Foundation
import Model
import RefreshProtocol

/// One line under test, a clock, and the hosts' heartbeats: every event goes through `RefreshProtocol.step`.
struct Bench {
    var line: Line
    var now = Timestamp(milliseconds: 1_000_000_000)
    var timing = Timing()
    var hosts: [HostID: RefreshProtocol.HostFact] = [:]
    var signals: [LineSignal] = []
    private var count = 0

    static let host = HostID("host-1")
    static let other = HostID("host-2")
    static let boot = BootID("boot-1")

    /// An active line of generation 1 whose access token ends in ten minutes and is due.
    init(_ rotation: RotationClass = .singleUseFamily) {
        let id = LineID(connection: ConnectionID("connection"))
        line = Line(id: id, organization: OrganizationID("organization"), grant: GrantID("none"), rotation: rotation)
        _ = perform(.redeem(AttemptID("exchange"), grant: GrantID("grant"), content: content(1)))
        line.dueAt = now
        beat()
    }

    /// A line that was never connected.
    static func empty(_ rotation: RotationClass = .singleUseFamily) -> Bench {
        var bench = Bench(rotation)
        bench.line = Line(
            id: bench.line.id, organization: bench.line.organization, grant: GrantID("none"), rotation: rotation)
        return bench
    }

    mutating func beat() {
        for host in [Self.host, Self.other] { hosts[host] = .init(heartbeatAt: now) }
    }

    mutating func advance(_ duration: Duration) { now = now + duration }

    mutating func perform(_ event: LineEvent) -> LineOutcome {
        let step = RefreshProtocol.step(line, event, in: .init(now: now, timing: timing, hosts: hosts))
        line = step.line
        signals = step.signals
        return step.outcome
    }

    func content(_ number: Int, lifetime: Duration = .seconds(600)) -> TokenVersion.Content {
        TokenVersion.Content(
            sealed: Data("set \(number)".utf8), fingerprint: Data("refresh \(number)".utf8), receivedAt: now,
            expiresAt: now + lifetime, dueAt: now + lifetime / 2)
    }

    mutating func claim(
        _ name: String? = nil, need: Claim.Need = .scheduled, host: HostID = Bench.host, permit: Claim.Permit = .init()
    ) -> LineOutcome {
        count += 1
        return perform(.claim(request(name ?? "attempt-\(count)", need: need, host: host, permit: permit)))
    }

    func request(
        _ name: String, need: Claim.Need = .scheduled, host: HostID = Bench.host, permit: Claim.Permit = .init()
    ) -> Claim {
        Claim(attempt: AttemptID(name), host: host, boot: Self.boot, need: need, permit: permit)
    }

    mutating func send(_ name: String, elapsed: Duration = .zero) -> LineOutcome {
        perform(.send(AttemptID(name), elapsed: elapsed))
    }

    /// Claims and sends; says nothing about whether it worked.
    mutating func present(_ name: String, host: HostID = Bench.host) {
        _ = claim(name, host: host)
        _ = send(name)
    }

    mutating func answer(_ name: String, _ answer: Answer) -> LineOutcome {
        guard let attempt = line.attempt(AttemptID(name)) else { return .notMine }
        return perform(.answer(Self.presented(attempt), answer))
    }

    static func presented(_ attempt: Attempt) -> Presented {
        Presented(
            attempt: attempt.id, grant: attempt.grant, generationIn: attempt.generationIn, fence: attempt.fence,
            host: attempt.host, boot: attempt.boot)
    }

    func attempt(_ name: String) -> Attempt? { line.attempt(AttemptID(name)) }

    mutating func ambiguous(_ name: String) -> LineOutcome {
        perform(.ambiguous(AttemptID(name), reason: "broken"))
    }

    /// Presents, and lets the lease pass: an owner that is silent. Then the next claim takes over.
    mutating func presentAndFallSilent(_ name: String, host: HostID = Bench.host) {
        present(name, host: host)
        advance(timing.lease)
        _ = claim("takeover of \(name)", host: Self.other)
    }

    /// Goes on until the silence and every back-off are over.
    mutating func waitForSilence() { now = max(now, max(line.quietAt, line.nextTryAt)) }

    /// A refusal and its confirmation's claim and T2, a delay apart.
    mutating func refuseAndConfirm(_ first: String, _ second: String) {
        present(first)
        _ = answer(first, .refused(code: "invalid_grant"))
        waitForSilence()
        present(second)
    }

    /// A candidate as row 15 would have left it.
    mutating func insertCandidate(_ name: String, fence: Int64, parent: Int64? = nil, number: Int = 90) {
        let parent = parent ?? line.generation
        line.versions.append(
            TokenVersion(
                generation: parent + 1, parentGeneration: parent, grant: line.grant, attempt: AttemptID(name),
                fence: fence,
                content: content(number), status: .candidate))
    }
}

extension RotationClass {
    static let allClasses: [RotationClass] = [
        .static, .overlap(.untilUsed), .overlap(.window(.seconds(600), afterWindow: .refuse)),
        .overlap(.window(.seconds(600), afterWindow: .revoke)), .singleUse, .singleUseFamily,
    ]
    static let rotating = allClasses.filter(\.rotates)
}
