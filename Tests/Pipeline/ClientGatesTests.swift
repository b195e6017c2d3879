import ConnectorSDK
import Model
import RefreshProtocol
import Synchronization
import Testing

@testable import Pipeline

/// Breaker and rate limit of a client, as they meet polls of device authorizations.
@Suite struct ClientGatesTests {
    private let client = ClientKey(organization: OrganizationID("org-1"), connector: "acme", name: "default")

    @Test("a poll takes from the client's rate limit, not from a connection's")
    func rate() {
        let (clock, gates) = gates()
        let request = RequestRules(endpoint: [])
        var rules = Definition(id: "acme", title: "Acme", token: request, refresh: RefreshRules(request: request))
        rules.client.rateLimit = RateLimit(count: 2, per: .seconds(10))
        rules.refresh.rateLimit = RateLimit(count: 1, per: .seconds(3600))
        #expect(gates.admitPoll(client, rules: rules).heldUntil == nil)
        let second = gates.admitPoll(client, rules: rules)
        #expect(second.heldUntil == nil)
        #expect(gates.admitPoll(client, rules: rules).heldUntil == clock.now + .seconds(10))
        gates.giveBack(second)
        #expect(gates.admit(client, connection: ConnectionID("c"), rules: rules).heldUntil == nil, "one limit for both")
        #expect(gates.admitPoll(client, rules: nil).heldUntil == nil, "no definition, no limit")
    }

    @Test("a call counts from its first byte on, and does not go back once that is written")
    func made() {
        let (clock, gates) = gates()
        let request = RequestRules(endpoint: [])
        var rules = Definition(id: "acme", title: "Acme", token: request, refresh: RefreshRules(request: request))
        rules.client.rateLimit = RateLimit(count: 1, per: .seconds(10))
        let admission = gates.admitPoll(client, rules: rules)
        clock.advance(.seconds(4))
        gates.calls(admission)
        gates.giveBack(admission)
        clock.advance(.seconds(6))
        #expect(gates.admitPoll(client, rules: rules).heldUntil == clock.now + .milliseconds(4001))
        clock.advance(.milliseconds(4001))
        #expect(gates.admitPoll(client, rules: rules).heldUntil == nil)
    }

    @Test("whoever opens a breaker hears it once, until a success has closed it")
    func opened() {
        let (clock, gates) = gates()
        func refuse() -> Bool { gates.note(client) { $0.misconfigured(at: $1, code: "invalid_client") } }
        #expect(refuse() && !refuse())
        clock.advance(.seconds(60))
        #expect(gates.admitPoll(client, rules: nil).breaker == .probe)
        #expect(!refuse(), "the probe found what was known")
        #expect(!gates.note(client) { breaker, _ in breaker.succeeded() })
        #expect(refuse())
    }

    @Test("an open breaker holds polls; the probe goes back when the answer told it nothing")
    func breaker() {
        let (clock, gates) = gates()
        gates.note(client) { $0.misconfigured(at: $1, code: "invalid_client") }
        #expect(gates.admitPoll(client, rules: nil).heldUntil == clock.now + .seconds(60))
        clock.advance(.seconds(60))
        let probe = gates.admitPoll(client, rules: nil)
        #expect(probe.breaker == .probe && probe.heldUntil == nil)
        #expect(gates.admitPoll(client, rules: nil).heldUntil == clock.now + .seconds(60), "one probe at a time")
        gates.returnProbe(probe)
        let next = gates.admitPoll(client, rules: nil)
        #expect(next.breaker == .probe)
        gates.passed(next)
        gates.returnProbe(next)
        #expect(gates.admitPoll(client, rules: nil).breaker == .closed)
    }

    @Test("what waited for a breaker is released by the success that closes it, also what is put off only then")
    func release() {
        let (clock, gates) = gates()
        let lines = ["a", "b", "c"].map {
            ClientGates.Held(line: LineID(connection: ConnectionID($0)), fence: 3)
        }
        gates.note(client) { $0.misconfigured(at: $1, code: "invalid_client") }
        for line in lines.prefix(2) + lines.prefix(1) { gates.hold(line, for: client) }
        clock.advance(.seconds(60))
        _ = gates.admitPoll(client, rules: nil)
        #expect(gates.takeReleased().isEmpty, "the probe is not over")
        gates.note(client) { breaker, _ in breaker.succeeded() }
        #expect(Set(gates.takeReleased()) == Set(lines.prefix(2)))
        #expect(gates.takeReleased().isEmpty)
        gates.hold(lines[2], for: client)
        #expect(gates.takeReleased() == [lines[2]])
    }

    @Test("a client is ill until its breaker closes, a connection while a limit that refused it is used up")
    func ill() {
        let (clock, gates) = gates()
        let request = RequestRules(endpoint: [])
        var rules = Definition(id: "acme", title: "Acme", token: request, refresh: RefreshRules(request: request))
        rules.refresh.rateLimit = RateLimit(count: 1, per: .seconds(10))
        func isIll(_ connection: String) -> Bool {
            gates.isIll(client, connection: ConnectionID(connection), rules: rules)
        }
        _ = gates.admit(client, connection: ConnectionID("c"), rules: rules)
        #expect(!isIll("c") && gates.isCalm, "nobody was refused")
        _ = gates.admit(client, connection: ConnectionID("c"), rules: rules)
        #expect(isIll("c") && !isIll("d") && !gates.isCalm)
        clock.advance(.seconds(10))
        #expect(!isIll("c") && gates.isCalm)
        gates.note(client) { $0.misconfigured(at: $1, code: "invalid_client") }
        clock.advance(.seconds(120))
        #expect(isIll("c") && isIll("d") && !gates.isCalm, "no success has closed it")
        gates.note(client) { breaker, _ in breaker.succeeded() }
        #expect(!isIll("d") && gates.isCalm)
    }

    @Test("an import waits for the rate limit and the breaker of its client; a wrong client is no reason to wait")
    func held() {
        let (clock, gates) = gates()
        let request = RequestRules(endpoint: [])
        var rules = Definition(id: "acme", title: "Acme", token: request, refresh: RefreshRules(request: request))
        rules.client.rateLimit = RateLimit(count: 1, per: .seconds(10))
        func held() -> PipelineError? {
            let admission = gates.admit(client, connection: ConnectionID("c"), rules: rules)
            return RefreshVerdict.held(admission, breaker: gates.openCode(client)?.code, now: clock.now)
        }
        #expect(held() == nil)
        let limited = held()
        #expect(limited?.code == .providerRateLimited && limited?.retryAfter == .seconds(10))
        #expect(limited.map(RefreshVerdict.isHeld) == true)
        for _ in 0..<10 { gates.note(client) { $0.refused(at: $1) } }
        let refused = held()
        #expect(refused?.code == .providerUnavailable && refused.map(RefreshVerdict.isHeld) == true)
        gates.note(client) { $0.misconfigured(at: $1, code: "invalid_client") }
        let wrong = held()
        #expect(wrong?.code == .clientMisconfigured && wrong.map(RefreshVerdict.isHeld) == false)
        let theirs = PipelineError(.providerRateLimited, "The provider limits this client's calls.")
        #expect(!RefreshVerdict.isHeld(theirs))
    }

    private func gates() -> (Clock, ClientGates) {
        let clock = Clock()
        return (clock, ClientGates(clock: { clock.now }))
    }

    private final class Clock: Sendable {
        private let time = Mutex(Timestamp(milliseconds: 1_000_000))
        var now: Timestamp { time.withLock { $0 } }
        func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
    }
}
