import ConnectorSDK
import Foundation
import ProviderSimulator

/// One connection's life while it is lived.
struct Life<Host: HostUnderTest> {
    var report: LifeCycleReport
    private let definition: Definition
    private let values: MadeUpValues
    private let provider: SimulatedProvider
    private let host: Host
    private var connection = ""
    private var token = ServedToken(accessToken: "", generation: 0, captured: [:])

    /// How long a revocation may take to reach the provider: the host waits for silence first (PROTOCOL.md §7).
    private static var patience: Duration { .seconds(60) }

    init(_ definition: Definition, _ values: MadeUpValues, _ provider: SimulatedProvider, _ host: Host) {
        self.definition = definition
        self.values = values
        self.provider = provider
        self.host = host
        report = LifeCycleReport(definition: String(definition.id.dropFirst("played-".count)))
    }

    /// Through the consent page where there is one, else by the first grant that needs none.
    mutating func connect(with own: ConnectionMaterial, _ browser: (String) async throws -> String) async {
        guard definition.grants.contains(.authorizationCode) else {
            report.outcomes[.authorize] = .absent("no consent page")
            return await redeem(own)
        }
        if definition.startsAtProvider { return await install(own) }
        var consent: StartedConsent?
        var callback = ""
        await take(.authorize) { life in
            let started = try await life.host.authorize(life.definition.id, with: own)
            // The provider's page reads what stands behind `#`; a server never sees it.
            let page = life.definition.authorization?.fragment == true ? started.page.behindFragment : started.page
            callback = try await browser(page)
            consent = started
        }
        guard let consent else { return }
        connection = consent.connection
        await take(.exchange) { life in
            try await life.host.receive(callback: callback, of: consent)
            try life.expect([.exchange: 1, .upgrade: life.definition.upgrade == nil ? 0 : 1])
            try life.expect([.resource: life.resources])
        }
    }

    private mutating func install(_ own: ConnectionMaterial) async {
        report.outcomes[.authorize] = .absent("consent starts at the provider")
        await take(.exchange) { life in
            let callback = life.definition.authorization?.callback.capture ?? [:]
            let parameters = callback.map { ($0.value, life.values.capture($0.key)) }
            let code = life.provider.issueCode(forRole: life.definition.id, redirectURI: LifeCycle.redirectURI)
            life.connection = try await life.host.exchange(
                life.definition.id, code: code ?? "", redirectURI: LifeCycle.redirectURI,
                parameters: Dictionary(uniqueKeysWithValues: parameters), with: own)
            try life.expect([.exchange: 1])
        }
    }

    private mutating func redeem(_ own: ConnectionMaterial) async {
        let grant = definition.grants.first?.rawValue ?? ""
        await take(.exchange) { life in
            life.connection = try await life.host.redeem(life.definition.id, grant: grant, with: own)
            try life.expect([.redeem: 1])
        }
    }

    /// The token served is one that the provider gave, and everything captured is there.
    mutating func read() async {
        await take(.read, after: .exchange) { life in
            life.token = try await life.host.token(of: life.connection)
            try life.requireLive(life.token)
            for name in life.definition.captures where life.token.captured[name] != life.values.capture(name) {
                throw Nonconformance("\(name) is not captured")
            }
        }
    }

    /// The next generation is another token.
    mutating func refresh() async {
        if definition.refresh.uses == .refreshToken, !definition.givesRefreshTokens {
            report.outcomes[.refresh] = .absent("access tokens never end")
            return
        }
        await take(.refresh, after: .read) { life in
            let next = try await life.host.refresh(life.connection)
            guard next.generation > life.token.generation, next.accessToken != life.token.accessToken else {
                throw Nonconformance("generation \(next.generation) after \(life.token.generation)")
            }
            life.token = next
            try life.requireLive(next)
            try life.expect(life.definition.refresh.uses == .regrant ? [.redeem: 2] : [.refresh: 1])
        }
    }

    /// The host forgets the token at once; the provider is told in a while.
    mutating func revoke() async {
        await take(.revoke, after: .read) { life in
            try await life.host.revoke(life.connection)
            if life.definition.revocation != nil { try await life.waitForRevocation() }
        }
        if report[.revoke] == .passed, definition.revocation == nil {
            report.outcomes[.revoke] = .absent("no endpoint; revoked at the host")
        }
    }

    private func waitForRevocation() async throws {
        let end = ContinuousClock.now + Self.patience
        while provider.report(ofRole: definition.id)?.acts[.revoke] == nil || provider.isLive(token.accessToken) {
            guard ContinuousClock.now < end else { throw Nonconformance("the token is not revoked at the provider") }
            try requireNoDeviation()
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private mutating func take(
        _ step: LifeCycleReport.Step, after before: LifeCycleReport.Step? = nil,
        _ body: (inout Self) async throws -> Void
    ) async {
        if let before, report[before] != .passed { return }
        do {
            try await body(&self)
            try requireNoDeviation()
            report.outcomes[step] = .passed
        } catch {
            let seen = provider.report(ofRole: definition.id)?.deviations ?? []
            report.outcomes[step] = .failed("\(error)" + (seen.isEmpty ? "" : "; provider: \(seen)"))
        }
    }

    private var resources: Int {
        definition.afterConnect.count { if case .request = $0 { true } else { false } }
    }

    /// At least so many requests of each kind were as they should be.
    private func expect(_ acts: [RequestScript.Act.Name: Int]) throws {
        let seen = provider.report(ofRole: definition.id)?.acts ?? [:]
        for (name, count) in acts where (seen[name] ?? 0) < count {
            throw Nonconformance("\(seen[name] ?? 0) of \(count) \(name.rawValue) requests")
        }
    }

    private func requireNoDeviation() throws {
        if let first = provider.report(ofRole: definition.id)?.deviations.first { throw Nonconformance(first) }
    }

    private func requireLive(_ token: ServedToken) throws {
        if !provider.isLive(token.accessToken) { throw Nonconformance("a token that the provider does not know") }
    }
}

extension Definition {
    /// Whether a browser comes from the provider, without a consent page that the host knows of.
    var startsAtProvider: Bool {
        grants.contains(.authorizationCode) && (authorization?.endpoint.isEmpty ?? true)
    }
}

extension String {
    /// The address with what stands behind `#` as its query.
    fileprivate var behindFragment: String {
        guard let mark = firstIndex(of: "#") else { return self }
        let query = self[mark...].drop { $0 != "?" }
        return String(self[..<mark]) + (query.isEmpty ? "?" + self[mark...].dropFirst() : query)
    }
}
