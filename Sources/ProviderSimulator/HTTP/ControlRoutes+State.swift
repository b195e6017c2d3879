import Hummingbird

extension ControlRoutes {
    @Sendable func issueGrant(_ request: Request, _ context: ProviderContext) async throws -> Response {
        let body = try await ControlBody(request).decode(GrantBody.self, keys: GrantBody.CodingKeys.self)
        guard
            let grant = provider.issueGrant(
                clientID: body.clientID, scope: body.scope ?? "read", subject: body.subject ?? "sandbox-user")
        else {
            throw HTTPError(.notFound, message: "no client \(body.clientID)")
        }
        return Self.json(grant)
    }

    @Sendable func withdraw(_ request: Request, _ context: ProviderContext) async throws -> Response {
        let body = try await ControlBody(request).decode(WithdrawBody.self, keys: WithdrawBody.CodingKeys.self)
        return Self.json(["withdrawn": provider.withdrawConsent(family: body.family, clientID: body.clientID)])
    }

    @Sendable func advanceClock(_ request: Request, _ context: ProviderContext) async throws -> Response {
        let body = try await ControlBody(request).decode(ClockBody.self, keys: ClockBody.CodingKeys.self)
        provider.advanceClock(by: body.advanceSeconds)
        return Self.json(["now": provider.withState { _, now in now.milliseconds }])
    }

    @Sendable func reset(_ request: Request, _ context: ProviderContext) async throws -> Response {
        let body = try await ControlBody(request).decode(ResetBody.self, keys: ResetBody.CodingKeys.self)
        provider.reset(body.only ?? SimulatedProvider.Part.allCases)
        return Self.json(provider.statistics())
    }
}

private struct GrantBody: Decodable {
    var clientID: String
    var scope: String?
    var subject: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case clientID = "client_id"
        case scope, subject
    }
}

private struct WithdrawBody: Decodable {
    var family: Int?
    var clientID: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case family
        case clientID = "client_id"
    }
}

private struct ClockBody: Decodable {
    var advanceSeconds: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case advanceSeconds = "advance_seconds"
    }
}

private struct ResetBody: Decodable {
    var only: [SimulatedProvider.Part]?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case only
    }
}
