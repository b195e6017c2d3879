import ConnectorSDK
import Model
import RefreshProtocol
import StoreContract
import Synchronization
import Testing

@testable import Pipeline

/// One host's part in windows that several share.
@Suite struct SharedWindowsTests {
    private let client = ClientKey(organization: OrganizationID("org-1"), connector: "acme", name: "default")
    private let limit = RateLimit(count: 3, per: .seconds(10))
    private var key: CallWindowKey { CallWindowKey(client) }

    @Test func `two hosts have one limit: what one has called the other waits for`() async throws {
        let store = Rows()
        let (one, other) = (store.host("1"), store.host("2"))
        let permits = [try await take(one), try await take(other), try await take(one)].compactMap(\.permit)
        #expect(permits.count == 3)
        #expect(try await take(other).until == store.now + SharedWindow.telling)
        for permit in permits { #expect(permit.call()) }
        await one.tell()
        await other.tell()
        store.advance(.seconds(9))
        // The clock is rounded down, so a call may have been a millisecond later.
        #expect(try await take(other).until == store.now + .milliseconds(1001))
        #expect(other.isRefusing(key, at: store.now) && !other.isCalm(at: store.now))
        #expect(!one.isRefusing(key, at: store.now) && one.isCalm(at: store.now))
        store.advance(.milliseconds(1001))
        #expect(try await take(one).permit != nil)
    }

    @Test func `who comes while places are asked for has his with all others who came, by one question`() async throws {
        let store = Rows()
        let host = store.host("1")
        store.hold()
        let first = Task { try await take(host, count: 15) }
        while store.questions < 1 { await Task.yield() }
        let others = Task {
            try await withThrowingTaskGroup(of: SharedWindows.Answer.self) { group in
                for _ in 0..<19 { group.addTask { try await take(host, count: 15) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        while host.waiting < 19 { await Task.yield() }
        store.release()
        let permit = try #require(try await first.value.permit)
        let permits = try await others.value.compactMap(\.permit)
        #expect(permits.count == 14, "one has the fifteenth")
        #expect(store.questions == 2)
        #expect(permit.call())
    }

    @Test func `what was not called serves the next without a question, or is told`() async throws {
        let store = Rows()
        let (host, other) = (store.host("1"), store.host("2"))
        let first = try await take(host).permit
        first?.giveBack()
        #expect(first?.call() == false)
        let second = try await take(host).permit
        #expect(store.questions == 1)
        second?.giveBack()
        let others = [try await take(other), try await take(other), try await take(other)].compactMap(\.permit)
        #expect(others.count == 2)
        await host.tell()
        store.advance(SharedWindow.telling)
        #expect(try await take(other).permit != nil)
    }

    @Test func `what a connection's limit refuses is taken from no client`() async throws {
        let store = Rows()
        let host = store.host("1")
        let rare = RateLimit(count: 1, per: .seconds(60))
        func ask(_ connection: String) async throws -> SharedWindows.Answer {
            let own = CallWindowKey(client, connection: ConnectionID(connection))
            return try await host.take([(key, limit), (own, rare)], of: client)
        }
        let first = try await ask("a").permit
        #expect(first?.call() == true)
        await host.tell()
        for _ in 0..<3 { #expect(try await ask("a").until == store.now + .milliseconds(60_001)) }
        #expect(try await [ask("b").permit, ask("c").permit].allSatisfy { $0 != nil }, "three calls of the client")
    }

    @Test func `a store that fails is everybody's failure who waits, and nothing was taken`() async throws {
        let store = Rows()
        let host = store.host("1")
        store.fail(true)
        await #expect(throws: StoreError.self) { try await take(host) }
        store.fail(false)
        let permits = [try await take(host), try await take(host), try await take(host)].compactMap(\.permit)
        #expect(permits.count == 3)
    }

    @Test func `what could not be told is told again: places that were given back are not counted for a lease`()
        async throws
    {
        let store = Rows()
        let (host, other) = (store.host("1"), store.host("2"))
        let permits = [try await take(host), try await take(host), try await take(host)].compactMap(\.permit)
        for permit in permits { permit.giveBack() }
        store.fail(true)
        await host.tell()
        store.fail(false)
        await host.tell()
        #expect(try await take(other).permit != nil)
    }

    @Test func `after telling no client waits for another's question`() async throws {
        let store = Rows()
        let host = store.host("1")
        let clients = [client, ClientKey(organization: client.organization, connector: "acme", name: "other")]
        for client in clients {
            try await host.take([(CallWindowKey(client), limit)], of: client).permit?.giveBack()
        }
        store.hold()
        let telling = Task { await host.tell() }
        while store.questions < 3 { await Task.yield() }
        let takes = clients.map { client in
            Task { try await host.take([(CallWindowKey(client), limit)], of: client) }
        }
        while host.waiting < 2 { await Task.yield() }
        store.hold(question: 4)
        store.release()
        await telling.value
        while store.questions < 5 { await Task.yield() }
        store.hold(question: nil)
        for take in takes { #expect(try await take.value.permit != nil) }
    }

    @Test func `a refusal by one limit is none by another: a definition may have been changed`() async throws {
        let store = Rows()
        let host = store.host("1")
        #expect(try await take(host, count: 1).permit?.call() == true)
        #expect(try await take(host, count: 1).permit == nil)
        #expect(try await take(host, count: 2).permit != nil)
    }

    @Test func `an open breaker takes no place; the permit is the call's, once`() async throws {
        let store = Rows()
        let gates = ClientGates(windows: store.host("1"), clock: { store.now })
        let request = RequestRules(endpoint: [])
        var rules = Definition(id: "acme", title: "Acme", token: request, refresh: RefreshRules(request: request))
        rules.client.rateLimit = RateLimit(count: 1, per: .seconds(10))
        gates.note(client) { $0.misconfigured(at: $1, code: "invalid_client") }
        #expect(try await gates.askPoll(client, rules: rules).heldUntil == store.now + .seconds(60))
        #expect(store.questions == 0)
        gates.note(client) { breaker, _ in breaker.succeeded() }
        let admission = try await gates.ask(client, connection: ConnectionID("c"), rules: rules)
        #expect(admission.heldUntil == nil && gates.calls(admission))
        let next = try await gates.askPoll(client, rules: rules)
        #expect(next.rateLimitedUntil.map { $0 > store.now + .seconds(9) } == true, "it was called, and told with this")
        #expect(gates.isIll(client, connection: ConnectionID("d"), rules: rules) && !gates.isCalm)
        #expect(try await gates.askPoll(client, rules: nil).heldUntil == nil, "no definition, no limit")
    }

    private func take(_ host: SharedWindows, count: Int = 3) async throws -> SharedWindows.Answer {
        try await host.take([(key, RateLimit(count: count, per: limit.per))], of: client)
    }

    /// Windows as a store has them, with a clock that stands.
    private final class Rows: Sendable {
        private struct State {
            var now = Timestamp(milliseconds: 1_000_000)
            var windows: [CallWindowKey: SharedWindow] = [:]
            var questions = 0
            var isHeld = false
            /// The question of that number waits, whatever others do.
            var held: Int?
            var isFailing = false
        }

        private let state = Mutex(State())

        var now: Timestamp { state.withLock(\.now) }
        var questions: Int { state.withLock(\.questions) }

        func advance(_ duration: Duration) { state.withLock { $0.now = $0.now + duration } }
        func hold() { state.withLock { $0.isHeld = true } }
        func hold(question: Int?) { state.withLock { $0.held = question } }
        func release() { state.withLock { $0.isHeld = false } }
        func fail(_ isFailing: Bool) { state.withLock { $0.isFailing = isFailing } }

        func host(_ name: String) -> SharedWindows {
            SharedWindows(
                process: BootID(name), use: .seconds(90), tolerance: .zero, clock: { self.now },
                exchange: { questions in
                    let number = self.state.withLock { state in
                        state.questions += 1
                        return state.questions
                    }
                    while self.state.withLock({ $0.isHeld || $0.held == number }) { await Task.yield() }
                    return try self.answer(questions)
                })
        }

        private func answer(_ questions: [CallWindowKey: SharedWindows.Question]) throws -> [CallWindowKey:
            SharedWindows.Reply]
        {
            try state.withLock { state in
                if state.isFailing { throw StoreError(.unavailable, "as asked") }
                var replies: [CallWindowKey: SharedWindows.Reply] = [:]
                for (key, question) in questions {
                    let (got, until) = state.windows[key, default: SharedWindow()].exchange(
                        question.report, limit: question.limit, at: state.now)
                    replies[key] = SharedWindows.Reply(got: got, until: until, at: state.now)
                }
                return replies
            }
        }
    }
}

extension SharedWindows.Answer {
    fileprivate var permit: CallPermit? { if case .may(let permit) = self { permit } else { nil } }
    fileprivate var until: Timestamp? { if case .notBefore(let until) = self { until } else { nil } }
}
