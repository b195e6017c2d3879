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
        case .authorize: hasConsentPage || !definition.deviceAuthorization.isEmpty
        case .exchange, .refresh: true
        case .revoke: definition.revocation != nil
        case .introspect: definition.introspection != nil
        case .afterConnect: !definition.afterConnect.isEmpty
        }
    }

    private func requests(_ operation: ExplainedOperation) -> [ExplainedRequest] {
        let definition = loaded.definition
        switch operation {
        case .authorize: return authorizations()
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

    private var hasConsentPage: Bool { loaded.definition.authorization?.endpoint.isEmpty == false }

    /// What makes a person consent: the consent page, and the request for the codes of a device (RFC 8628 §3.1).
    private func authorizations() -> [ExplainedRequest] {
        let definition = loaded.definition
        guard !definition.deviceAuthorization.isEmpty else { return [consent()] }
        var rules = RequestRules(endpoint: definition.deviceAuthorization)
        rules.rename = definition.token.rename
        let device = request(.authorizeDevice, .authorize, "device_authorization", rules, step: "device_authorization")
        return hasConsentPage ? [consent(), device] : [device]
    }

    /// A request for each grant, and the one that follows any of them. That of `device_code` is the one that is repeated
    /// until the person has answered (RFC 8628 §3.4).
    private func exchanges() -> [ExplainedRequest] {
        let definition = loaded.definition
        let requests = definition.grants.map { grant in
            request(
                .redeem(standIns.redemption(of: grant)), .exchange, "token", definition.token,
                step: definition.grants.count == 1 ? nil : "exchange of \(grant.rawValue)")
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
