import ConnectorSDK
import Model

/// What a definition takes from the callback.
extension TokenPipeline {
    /// Untrusted: one value of at most 512 bytes each, and all that the exchange and later refreshes cannot do without.
    /// - Throws: `invalid_input` naming the parameter: nobody could set it later, and the code would be spent for nothing.
    func captures(_ parameters: [String: String], _ flow: FlowRecord) async throws -> [String: String] {
        let captured = try captures(parameters, of: flow.connector)
        let rules = try parts.connectors.entry(flow.connector).definition.authorization?.callback.capture ?? [:]
        if !rules.isEmpty { try await requireUsable(captured, by: rules, parameters, flow) }
        return captured
    }

    /// Those that came, whether anything needs them or not.
    func captures(_ parameters: [String: String], of connector: String) throws -> [String: String] {
        let rules = try parts.connectors.entry(connector).definition.authorization?.callback.capture ?? [:]
        var captured: [String: String] = [:]
        for (name, parameter) in rules {
            guard let value = parameters[parameter] else { continue }
            guard value.utf8.count <= 512, !value.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
                throw PipelineError.invalid(
                    "parameters.\(parameter)", "has at most 512 bytes and no control characters")
            }
            captured[name] = value
        }
        return captured
    }

    /// Writes the requests that follow, and sends none of them.
    private func requireUsable(
        _ captured: [String: String], by rules: [String: String], _ parameters: [String: String], _ flow: FlowRecord
    ) async throws {
        var material = try await material(of: flow)
        material.context.values.merge(captured) { input, _ in input }
        material.context.values["state"] = parameters["state"]
        material.context.secrets.formUnion(["code", "code_verifier", "refresh_token", "access_token"])
        for operation in [Self.redemption(flow, material), .refresh] {
            do {
                _ = try material.entry.connector.request(operation, in: material.context)
            } catch {
                let blamed = rules.sorted { $0.key < $1.key }.first { error.remedy.contains("{\($0.key)}") }
                guard let blamed else { continue }
                throw PipelineError.invalid(
                    "parameters.\(blamed.value)", "is needed, as the provider sent it to the callback (\(error.place))")
            }
        }
    }
}
