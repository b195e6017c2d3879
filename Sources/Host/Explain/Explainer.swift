package import ConnectorSDK
package import Definitions

/// Explains a definition: lets its connector write the requests, and says where each part comes from. Nothing is sent.
package struct Explainer: Sendable {
    private let loaded: LoadedDefinition
    private let connector: any Connector
    private let standIns: StandIns

    /// - Parameters:
    ///   - connectors: the compiled connectors by id.
    ///   - inputs: values of inputs and captures, and `client_id`; the caller checked them.
    /// - Throws: what the connector has against the definition.
    package init(
        _ loaded: LoadedDefinition, connectors: [String: any Connector.Type], inputs: [String: String]
    ) throws(ConnectorError) {
        self.loaded = loaded
        let standIns = StandIns(loaded.definition, given: inputs)
        guard let type = connectors[loaded.definition.connector] else {
            throw ConnectorError(.unsupported, at: "connector", remedy: "there is no such connector")
        }
        connector = try type.init(definition: standIns.definition)
        self.standIns = standIns
    }

    /// The requests of one operation, or of all that the definition has.
    package func explain(_ operation: ExplainedOperation? = nil) -> Explanation {
        let operations = operation.map { [$0] } ?? ExplainedOperation.allCases.filter(isThere)
        return Explanation(
            connector: loaded.definition.id, requests: operations.flatMap(requests), unset: standIns.unset)
    }

    private func isThere(_ operation: ExplainedOperation) -> Bool {
        let definition = loaded.definition
        return switch operation {
        case .authorize: !(definition.authorization?.endpoint.isEmpty ?? true)
        case .exchange, .refresh: true
        case .revoke: definition.revocation != nil
        case .introspect: definition.introspection != nil
        case .afterConnect: !definition.afterConnect.isEmpty
        }
    }

    private func requests(_ operation: ExplainedOperation) -> [ExplainedRequest] {
        let definition = loaded.definition
        switch operation {
        case .authorize: return [consent()]
        case .exchange: return exchanges()
        case .refresh: return [request(.refresh, .refresh, "refresh", definition.refresh.request)]
        case .revoke:
            let rules = definition.revocation?.request ?? RequestRules(endpoint: [])
            return [request(.revoke, .revoke, "revocation", rules)]
        case .introspect:
            let rules = RequestRules(endpoint: definition.introspection?.endpoint ?? [])
            return [request(.introspect, .introspect, "introspection", rules)]
        case .afterConnect:
            return AfterConnectParts(
                connector: connector, origins: origins("after_connect"), standIns: standIns
            ).requests()
        }
    }

    /// A request for each grant, and the one that follows any of them.
    private func exchanges() -> [ExplainedRequest] {
        let definition = loaded.definition
        let grants = definition.grants.compactMap { grant in standIns.redemption(of: grant).map { (grant, $0) } }
        if grants.isEmpty {
            return [ExplainedRequest(operation: .exchange, problem: "grants: no grant that this host redeems")]
        }
        let requests = grants.map { grant, redemption in
            request(
                .redeem(redemption), .exchange, "token", definition.token,
                step: grants.count == 1 ? nil : "exchange of \(grant.rawValue)")
        }
        guard let upgrade = definition.upgrade else { return requests }
        return requests + [request(.upgrade, .exchange, "upgrade", upgrade, step: "upgrade")]
    }

    private func request(
        _ operation: Operation, _ name: ExplainedOperation, _ section: String, _ rules: RequestRules,
        step: String? = nil
    ) -> ExplainedRequest {
        var explained = ExplainedRequest(operation: name, step: step)
        do {
            let request = try connector.request(operation, in: standIns.context)
            explained.parts = RequestParts(origins: origins(section), standIns: standIns).parts(of: request, rules)
        } catch {
            explained.problem = problem(error)
        }
        return explained
    }

    private func consent() -> ExplainedRequest {
        var explained = ExplainedRequest(operation: .authorize)
        do {
            let page = try connector.authorizationURL(standIns.consent, in: standIns.context)
            let rules = loaded.definition.authorization ?? AuthorizationRules(endpoint: [])
            explained.parts = ConsentParts(origins: origins("authorization"), standIns: standIns).parts(of: page, rules)
        } catch {
            explained.problem = problem(error)
        }
        return explained
    }

    private func origins(_ section: String) -> Origins {
        Origins(definition: loaded.definition, sources: loaded.sources, section: section)
    }

    private func problem(_ error: ConnectorError) -> String { "\(error.place): \(standIns.show(error.remedy))" }
}
