import ConnectorSDK
import Locks
import Model
import RefreshProtocol
import StoreContract

/// Breakers and rate limits, per client, and rate limits per connection, in memory. Where several hosts share a store it
/// has the breakers of clients in trouble, and those here follow it (`follow`); calls are counted there (`SharedWindows`).
final class ClientGates: Sendable {
    private struct State {
        var breakers: [ClientKey: Breaker] = [:]
        var limits = CallLimits()
        /// Lines whose refresh waits until a client's breaker closes.
        var held: [ClientKey: Set<Held>] = [:]
        var released: [Held] = []
        /// Clients whose breaker is not closed.
        var tripped: Set<ClientKey> = []
        /// Clients of which the store of several hosts has a breaker.
        var shared: Set<ClientKey> = []

        mutating func release(_ client: ClientKey) {
            guard let lines = held.removeValue(forKey: client) else { return }
            released += lines
        }
    }

    /// A line that was put off, as it was then.
    struct Held: Sendable, Hashable {
        let line: LineID
        let fence: Int64?
    }

    private let state = Locked(State())
    private let clock: @Sendable () -> Timestamp
    /// Nil: this process is the only one that calls.
    let windows: SharedWindows?

    init(windows: SharedWindows? = nil, clock: @escaping @Sendable () -> Timestamp) {
        self.windows = windows
        self.clock = clock
    }

    /// What was asked for one presentation, and what it took.
    struct Admission: Sendable {
        let client: ClientKey
        var breaker: BreakerVerdict
        var rateLimitedUntil: Timestamp?
        /// Until when the probe is this call's at all hosts; nil: no other host knows of it.
        var probeUntil: Timestamp?
        fileprivate let taken: Taken
        /// What it took from windows that hosts share.
        fileprivate var permit: CallPermit?

        /// Until when nothing may be presented; nil: it may be now.
        var heldUntil: Timestamp? {
            if case .open(let until) = breaker { until } else { rateLimitedUntil }
        }
    }

    /// Calls that an admission took from limits, until they are given back or made: then nothing is left to give back.
    fileprivate final class Taken: Sendable {
        private let takes: Locked<[CallLimits.Take]>

        init(_ takes: [CallLimits.Take]) { self.takes = Locked(takes) }

        func end() -> [CallLimits.Take] {
            takes.withLock { takes in
                defer { takes = [] }
                return takes
            }
        }
    }

    /// Asks for one presentation of a client's refresh token. Takes the breaker's probe and a rate token if all allow it.
    /// - Throws: what the store throws that hosts share; then nothing was taken.
    func ask(_ client: ClientKey, connection: ConnectionID, rules: Definition) async throws -> Admission {
        try await ask(client, Self.limits(client, connection, rules))
    }

    /// Asks for one poll of a device authorization: a call like others, but no refresh.
    /// - Parameter rules: nil: there is no definition now, and so no limit.
    func askPoll(_ client: ClientKey, rules: Definition?) async throws -> Admission {
        try await ask(client, Self.limits(client, nil, rules))
    }

    /// What only this process knows is asked first: an open breaker takes no place from anybody.
    private func ask(_ client: ClientKey, _ limits: [SharedWindows.Limit]) async throws -> Admission {
        guard let windows else { return admit(client, limits) }
        if let open = openCode(client) { return admit(client, [], until: open.until) }
        switch try await windows.take(limits, of: client) {
        case .notBefore(let until): return admit(client, [], until: until)
        case .may(let permit): return admit(client, [], permit: permit)
        }
    }

    /// The same by this process alone.
    func admit(_ client: ClientKey, connection: ConnectionID, rules: Definition) -> Admission {
        admit(client, Self.limits(client, connection, rules))
    }

    func admitPoll(_ client: ClientKey, rules: Definition?) -> Admission {
        admit(client, Self.limits(client, nil, rules))
    }

    /// Limits that a definition has.
    private static func limits(
        _ client: ClientKey, _ connection: ConnectionID?, _ rules: Definition?
    ) -> [SharedWindows.Limit] {
        var limits = [(CallWindowKey(client), rules?.client.rateLimit)]
        if let connection { limits.append((CallWindowKey(client, connection: connection), rules?.refresh.rateLimit)) }
        return limits.compactMap { key, limit in limit.map { (key, $0) } }
    }

    private func admit(
        _ client: ClientKey, _ limits: [SharedWindows.Limit], until: Timestamp? = nil, permit: CallPermit? = nil
    ) -> Admission {
        let now = clock()
        return state.withLock { state in
            if let until = state.breakers[client]?.isOpen(at: now) {
                return Admission(client: client, breaker: .open(until: until), taken: Taken([]), permit: permit)
            }
            let (takes, used) = state.limits.take(limits.map { ($0.key.description, $0.limit) }, at: now)
            var admission = Admission(
                client: client, breaker: .closed, rateLimitedUntil: used ?? until, taken: Taken(takes), permit: permit)
            if admission.rateLimitedUntil != nil { return admission }
            admission.breaker = state.breakers[client, default: Breaker()].admit(at: now)
            return admission
        }
    }

    /// Nothing is presented after all: what was taken goes back.
    func giveBack(_ admission: Admission) {
        admission.permit?.giveBack()
        let (now, takes) = (clock(), admission.taken.end())
        state.withLock { state in
            state.limits.giveBack(takes)
            if admission.breaker == .probe { state.breakers[admission.client]?.returnProbe(at: now) }
        }
    }

    /// The first byte is about to be written: for the provider the call is one of now. What was taken cannot go back any more.
    /// - Returns: false: it must not be written, what was taken so long ago is anybody's by now.
    @discardableResult
    func calls(_ admission: Admission) -> Bool {
        let (now, takes) = (clock(), admission.taken.end())
        state.withLock { $0.limits.move(takes, to: now) }
        return admission.permit?.call() ?? true
    }

    /// An answer came that tells the breaker nothing: the next presentation may be the probe.
    func returnProbe(_ admission: Admission) {
        guard admission.breaker == .probe else { return }
        note(admission.client) { $0.returnProbe(at: $1) }
    }

    /// An answer came that shows that the provider takes the client again, whatever else it said.
    func passed(_ admission: Admission) {
        guard admission.breaker == .probe else { return }
        note(admission.client) { breaker, _ in breaker.succeeded() }
    }

    /// The code that keeps a client's breaker open, if it is.
    func openCode(_ client: ClientKey) -> (code: String, until: Timestamp)? {
        let now = clock()
        return state.withLock { state in
            guard let breaker = state.breakers[client], let until = breaker.isOpen(at: now) else { return nil }
            return (breaker.code ?? "refusals", until)
        }
    }

    /// Tells a client's breaker what happened. What waited for it is released once it is closed.
    /// - Returns: whether that opened it; one that a probe finds open still is not opened again.
    @discardableResult
    func note(_ client: ClientKey, _ change: (inout Breaker, Timestamp) -> Void) -> Bool {
        let now = clock()
        return state.withLock { state in
            let wasTripped = state.breakers[client]?.isClosed == false
            change(&state.breakers[client, default: Breaker()], now)
            let isTripped = state.breakers[client]?.isClosed == false
            if isTripped {
                state.tripped.insert(client)
            } else {
                state.tripped.remove(client)
                state.release(client)
            }
            return !wasTripped && isTripped
        }
    }

    /// Takes over what the store of several hosts has of a client; nil: it has no trouble.
    func follow(_ client: ClientKey, _ shared: SharedBreaker?) {
        state.withLock { state in
            if shared == nil { state.shared.remove(client) } else { state.shared.insert(client) }
        }
        note(client) { breaker, _ in breaker.follow(openUntil: shared?.end, code: shared?.code) }
    }

    /// Clients that have trouble as far as this host knows.
    var troubled: Set<ClientKey> { state.withLock { $0.shared.union($0.tripped) } }

    func isTroubled(_ client: ClientKey) -> Bool {
        state.withLock { $0.shared.contains(client) || $0.tripped.contains(client) }
    }

    /// How many presentations this host made for it in the last ten minutes.
    func presentations(of client: ClientKey) -> Int {
        let now = clock()
        return state.withLock { $0.breakers[client]?.presentations(at: now) ?? 0 }
    }

    /// A line was put off since its client's breaker is open.
    func hold(_ held: Held, for client: ClientKey) {
        state.withLock { state in
            state.held[client, default: []].insert(held)
            if state.breakers[client]?.isClosed ?? true { state.release(client) }
        }
    }

    /// Lines whose client's breaker has closed since the last time.
    func takeReleased() -> [Held] {
        state.withLock { state in
            defer { state.released = [] }
            return state.released
        }
    }

    /// They could not be released after all.
    func putBack(_ lines: [Held]) { state.withLock { $0.released += lines } }

    /// Nobody at all is held back now: so it is as a rule, and then nobody has to ask for a single client.
    var isCalm: Bool {
        let now = clock()
        return state.withLock { $0.tripped.isEmpty && $0.limits.isCalm(at: now) } && windows?.isCalm(at: now) ?? true
    }

    /// Whether a refresh of this connection would be held back now, by the breaker or by a limit of ours that is used up.
    func isIll(_ client: ClientKey, connection: ConnectionID, rules: Definition?) -> Bool {
        let (now, keys) = (clock(), Self.limits(client, connection, rules).map(\.key))
        if let windows, keys.contains(where: { windows.isRefusing($0, at: now) }) { return true }
        return state.withLock { state in
            state.breakers[client]?.isClosed == false
                || keys.contains { state.limits.isRefusing($0.description, at: now) }
        }
    }
}
