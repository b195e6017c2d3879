public import Foundation

/// What the control plane does, for tests in the same process.
extension SimulatedProvider {
    /// What a reset forgets.
    public enum Part: String, Sendable, Codable, CaseIterable {
        /// Codes, grants and all tokens.
        case grants
        /// Clients go back to those of the configuration.
        case clients
        /// The presentation log.
        case log
        /// The counters.
        case stats
        /// Faults waiting or standing.
        case faults
        /// Gates; calls held at them are let go.
        case gates
        /// The advanced clock.
        case clock
    }

    /// The counters.
    public func statistics() -> Statistics {
        withState { state, _ in
            var statistics = state.statistics
            for verdict in Verdict.allCases {
                statistics.verdicts[verdict.rawValue] = state.server.log.verdicts[verdict] ?? 0
            }
            statistics.overlappingPresentations = state.server.log.overlapping
            return statistics
        }
    }

    /// The presentation log, oldest line first.
    public func log() -> [Presentation] { withState { state, _ in state.server.log.lines } }

    /// The clients, by name.
    public func clients() -> [SimulatedClient] {
        withState { state, _ in state.server.clients.values.sorted { $0.id < $1.id } }
    }

    /// Registers a client, or replaces the one of that name. Its grants stay.
    public func register(_ client: SimulatedClient) {
        withState { state, _ in state.server.clients[client.id] = client }
    }

    /// Plays a role from now on, or plays the one of that id anew; its client is registered too.
    public func play(_ role: Role) {
        register(role.client)
        withState { state, _ in state.roles[role.id] = RoleState(role) }
    }

    /// A code for consent that began on the role's own pages; nil when no such role is played.
    public func issueCode(forRole id: String, redirectURI: String) -> String? {
        withState { state, now in
            guard let role = state.roles[id]?.role else { return nil }
            let consent = ConsentRequest(
                clientID: role.client.id, redirectURI: redirectURI, scope: role.consent?.scope ?? "", state: nil,
                challenge: nil, subject: "sandbox-user")
            return state.server.issueCode(for: consent, now: now)
        }
    }

    /// What a role has seen; nil when no such role is played.
    public func report(ofRole id: String) -> RoleReport? { withState { state, _ in state.roles[id]?.report } }

    /// Whether an access token is good now.
    public func isLive(_ accessToken: String) -> Bool {
        withState { state, now in state.server.liveAccessToken(accessToken, now: now) != nil }
    }

    /// Lets a fault wait for the calls it matches.
    public func add(_ fault: Fault) { withState { state, _ in state.faults.add(fault) } }

    /// The faults that still wait or stand.
    public func faults() -> [Fault] { withState { state, _ in state.faults.faults } }

    /// Takes every fault away.
    public func clearFaults() { withState { state, _ in state.faults.clear() } }

    /// Makes matching calls wait.
    public func hold(_ gate: GateRule) { gates.hold(gate) }

    /// Lets waiting calls go, hanging ones too. Returns how many.
    @discardableResult
    public func release(_ release: GateRelease = GateRelease()) -> Int { gates.release(release) }

    /// Returns when so many calls wait at gates, or after the timeout, with how many do.
    public func whenWaiting(_ count: Int = 1, timeout: Duration = .seconds(10)) async -> Int {
        await gates.whenWaiting(count, timeout: timeout)
    }

    /// Makes a grant without consent page, always with a refresh token; nil if there is no such client.
    public func issueGrant(
        clientID: String, scope: String = "read", subject: String = "sandbox-user"
    ) -> IssuedGrant? {
        withState { state, now in
            guard let client = state.server.clients[clientID] else { return nil }
            let family = state.server.newFamily(clientID: clientID, subject: subject, scope: scope)
            let answer = state.server.issue(family, client, parent: nil, scope: scope, now: now)
            return IssuedGrant(
                family: family, accessToken: JSONText.plain(answer["access_token"] ?? ""),
                refreshToken: JSONText.plain(answer["refresh_token"] ?? ""), expiresIn: client.lifetime)
        }
    }

    /// Withdraws consent at the provider, as a user does on its settings page. Returns how many families died.
    @discardableResult
    public func withdrawConsent(family: Int? = nil, clientID: String? = nil) -> Int {
        withState { state, _ in
            let chosen = state.server.families.filter { id, value in
                !value.revoked && (family ?? id) == id && (clientID ?? value.clientID) == value.clientID
            }
            chosen.keys.forEach { state.server.revoke(family: $0) }
            return chosen.count
        }
    }

    /// Puts the provider's clock forward by so many seconds, so that windows and lifetimes end without waiting.
    public func advanceClock(by seconds: TimeInterval) {
        withState { state, _ in state.clockOffset += seconds }
    }

    /// Forgets what is named; by default all. Calls that are running stay counted in `inFlight`.
    public func reset(_ parts: [Part] = Part.allCases) {
        if parts.contains(.gates) { release() }
        let clients = configuration.clients
        withState { state, _ in
            if parts.contains(.grants) { state.server.forgetGrants() }
            if parts.contains(.clients) {
                state.server.clients = AuthorizationServer(clients: clients).clients
            }
            if parts.contains(.log) { state.server.log.clear() }
            if parts.contains(.stats) { state.statistics.clear() }
            if parts.contains(.faults) { state.faults.clear() }
            if parts.contains(.clock) { state.clockOffset = 0 }
        }
    }
}
