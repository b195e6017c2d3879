package import ConnectorSDK

/// The standard connector: OAuth 2.0 as its RFCs have it (6749, 7009, 7523, 7636, 7662, 8705), with everything that
/// differs read from the definition. Values in, values out; see `Requests` and `Answers` for both directions.
package struct OAuth2Connector: Connector {
    package static let id = "oauth2"

    let definition: Definition
    let failures: FailureReader

    package init(definition: Definition) throws(ConnectorError) {
        try DefinitionCheck(definition: definition).run()
        self.definition = definition
        failures = try FailureReader(rules: definition.response.errors)
    }

    package func authorizationURL(
        _ consent: ConsentRequest, in context: ConnectorContext
    ) throws(ConnectorError) -> ConsentPage {
        try ConsentWriter(definition: definition, context: context).page(for: consent)
    }

    package func request(
        _ operation: Operation, in context: ConnectorContext
    ) throws(ConnectorError) -> ProviderRequest {
        let writer = RequestWriter(definition: definition, context: context)
        switch operation {
        case .redeem(let redemption):
            try requireSubject(redemption)
            return try writer.redeem(redemption)
        case .refresh: return try writer.refresh()
        case .upgrade: return try writer.upgrade()
        case .revoke: return try writer.revoke()
        case .introspect: return try writer.introspect()
        case .afterConnect(let index): return try StepWriter(definition, context).request(at: index)
        case .authorizeDevice: return try writer.authorizeDevice()
        }
    }

    package func read(
        _ response: ProviderResponse, to operation: Operation, in context: ConnectorContext
    ) -> Reading {
        let answer = Answer(response)
        switch operation {
        case .revoke: return RevocationReader(failures: failures).read(answer)
        case .introspect: return IntrospectionReader(failures: failures).read(answer)
        case .afterConnect(let index):
            return StepReader(failures: failures, values: TemplateValues(definition, context))
                .read(
                    answer, to: definition.afterConnect.indices.contains(index) ? definition.afterConnect[index] : nil)
        case .authorizeDevice:
            return DeviceReader(failures: failures, allowsLoopback: context.allowsLoopback).read(answer)
        case .redeem, .refresh, .upgrade: return readTokens(answer, to: operation, in: context)
        }
    }

    private func readTokens(_ answer: Answer, to operation: Operation, in context: ConnectorContext) -> Reading {
        let reader = TokenReader(rules: definition.response)
        guard let tokens = reader.tokens(in: answer) else {
            return .failure(
                failures.failure(
                    in: answer, holdsToken: reader.holdsToken(answer), complaint: reader.complaint(about: answer)))
        }
        return definition.upgrade != nil && redeems(operation, in: context) ? .further(after: tokens) : .tokens(tokens)
    }

    // RFC 7523 §3: an assertion has a subject.
    private func requireSubject(_ redemption: Redemption) throws(ConnectorError) {
        guard case .jwtBearer(subject: nil) = redemption, definition.assertion?.subject == nil else { return }
        throw ConnectorError(
            .unresolvedPlaceholder, at: "subject", remedy: "name whom the assertion speaks for (RFC 7523 §3)")
    }

    // The upgrade follows each redemption, and `regrant` redeems again.
    private func redeems(_ operation: Operation, in context: ConnectorContext) -> Bool {
        switch operation {
        case .redeem: true
        case .refresh: definition.refresh.uses == .regrant || context.regrant != nil
        case .revoke, .introspect, .upgrade, .afterConnect, .authorizeDevice: false
        }
    }
}
