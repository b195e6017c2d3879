import ConnectorSDK
import Model
import Testing

@testable import Pipeline

/// What whoever waits for another host's call sees in the store.
@Suite struct AttemptWatchTests {
    private static let now = Timestamp(milliseconds: 1_000_000)
    private static let id = AttemptID("theirs")

    @Test("an open attempt goes on until its lease ends, then T1 decides (rows 3 and 4)")
    func open() {
        for state in [Attempt.State.intent, .sent] {
            #expect(Self.watch(state) == .goesOn)
            #expect(Self.watch(state) { $0.leaseUntil = Self.now + .milliseconds(1) } == .goesOn)
            #expect(Self.watch(state) { $0.leaseUntil = Self.now } == .claims)
        }
    }

    @Test(
        "one that ended is over, and one of which nothing was sent leaves the way free",
        arguments: [
            Attempt.State.done, .rejected, .ambiguous, .notSent,
        ])
    func closed(_ state: Attempt.State) {
        let seen = Self.watch(state) { $0.openAttempt = nil }
        #expect(seen == (state == .notSent ? .claims : .over(Self.attempt(state))))
    }

    @Test("a line that went on without it: adopted, reconnected, or its row is gone")
    func moved() {
        let over = AttemptWatch.over(Self.attempt(.sent))
        #expect(Self.watch(.sent) { $0.generation = 2 } == over)
        #expect(Self.watch(.sent) { $0.grant = GrantID("other") } == over)
        #expect(Self.watch(.sent) { $0.openAttempt = AttemptID("next") } == over)
        #expect(Self.watch(.sent) { $0.attempts = [] } == .claims)
        #expect(AttemptWatch(of: Self.id, on: nil, at: Self.now) == .claims)
    }

    @Test("an exchange presents for a grant that the line does not have yet")
    func exchange() {
        let seen = Self.watch(.sent, .exchange) { ($0.grant, $0.generation) = (GrantID("old"), 7) }
        #expect(seen == .goesOn)
    }

    @Test("rests grow with what was waited: soon after a quick end, and few for a provider that hangs")
    func pauses() {
        let pauses = [0, 200, 480, 1600, 60_000].map { AttemptWatch.pause(after: .milliseconds($0)).inMilliseconds }
        #expect(pauses == [20, 20, 30, 100, 100])
    }

    private static func watch(
        _ state: Attempt.State, _ purpose: Attempt.Purpose = .normal, _ change: (inout Line) -> Void = { _ in }
    ) -> AttemptWatch {
        var line = Line(
            id: LineID(connection: ConnectionID("c")), organization: OrganizationID("org-1"), grant: GrantID("g"),
            rotation: .singleUse)
        line.generation = 1
        line.attempts = [attempt(state, purpose)]
        line.openAttempt = id
        line.leaseUntil = now + .seconds(90)
        change(&line)
        return AttemptWatch(of: id, on: line, at: now)
    }

    private static func attempt(_ state: Attempt.State, _ purpose: Attempt.Purpose = .normal) -> Attempt {
        Attempt(
            id: id, grant: GrantID("g"), generationIn: 1, fence: 1, purpose: purpose, rotation: .singleUse,
            host: HostID("a"), boot: BootID("b"), state: state, claimedAt: now)
    }
}
