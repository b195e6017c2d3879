public import ConnectorSDK
public import ProviderSimulator

/// A connection's whole life with a host, while the simulated provider plays the definition: authorize, exchange, read,
/// refresh, revoke. It passes when the host gets through and the provider saw nothing that the definition does not say.
///
/// This is self-consistency: the definition, the connector and the host agree with each other. Whether the definition is
/// right about the real provider, only the provider's documentation and a live run can show.
public struct LifeCycle: Sendable {
    /// Where the provider sends a browser whose consent began there. Nobody listens: the caller has the code already.
    static let redirectURI = "http://127.0.0.1:9/installed"

    private let definition: Definition
    private let values: MadeUpValues
    private let provider: SimulatedProvider
    private let browser: @Sendable (String) async throws -> String

    /// - Parameters:
    ///   - definition: the played one, after `extends` was applied.
    ///   - role: what `provider` plays from now on; nil: the definition itself.
    ///   - publicKey: of the client's private key, PEM.
    ///   - browser: opens an address and returns the one it is redirected to.
    public init(
        of definition: Definition, against role: Definition? = nil, at provider: SimulatedProvider,
        publicKey: String? = nil,
        browser: @escaping @Sendable (String) async throws -> String
    ) async throws {
        let issuer = try await provider.issuer
        self.definition = definition
        values = MadeUpValues(definition, base: PlayedDefinition.base(of: definition.id, at: issuer))
        self.provider = provider
        self.browser = browser
        var played = Role(playing: role ?? definition, at: issuer)
        played.publicKey = publicKey
        provider.play(played)
    }

    /// Lives it.
    /// - Parameter material: what cannot be made up, by the names of material and inputs: keys and certificates.
    public func run(on host: some HostUnderTest, material: [String: String] = [:]) async -> LifeCycleReport {
        let rules = definition.client
        let all = material.merging(["client_id": values.clientID, "client_secret": SimulatedClient.defaultSecret]) {
            given, _ in given
        }
        let needed = all.filter { rules.materialNames.contains($0.key) }
        var life = Life(definition, values, provider, host)
        do {
            let client = ClientMaterial(
                material: rules.perConnection ? [:] : needed, inputs: inputs(per: .organization, material),
                redirectURI: definition.startsAtProvider ? Self.redirectURI : nil)
            try await host.configure(definition.id, client: client)
        } catch {
            life.report.outcomes[.authorize] = .failed("configure: \(error)")
            return life.report
        }
        let own = ConnectionMaterial(
            inputs: inputs(per: .connection, material), client: rules.perConnection ? needed : nil)
        await life.connect(with: own, browser)
        await life.read()
        await life.refresh()
        await life.revoke()
        return life.report
    }

    private func inputs(per owner: Input.Owner, _ material: [String: String]) -> [String: String] {
        values.inputs.merging(material) { $1 }.filter { definition.input($0.key)?.per == owner }
    }
}

extension ClientRules {
    /// What shows who the client is.
    fileprivate var materialNames: Set<String> {
        let presented: Set<String> = certificate ? ["client_certificate", "client_private_key"] : []
        let shown: Set<String> =
            switch authentication {
            case .clientSecretPost, .clientSecretBasic: ["client_secret"]
            case .privateKeyJWT: [assertion?.key ?? "client_private_key"]
            case .tlsClientAuth: ["client_certificate", "client_private_key"]
            case .none: []
            }
        return presented.union(shown).union(["client_id"])
    }
}
