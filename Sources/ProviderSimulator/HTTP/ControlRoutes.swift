import Foundation
import HTTPTypes
import Hummingbird

/// The control plane: what the methods of `SimulatedProvider` do, as JSON over HTTP. Unknown keys are errors.
struct ControlRoutes: Sendable {
    let provider: SimulatedProvider

    func add(to group: RouterGroup<ProviderContext>) {
        group.get("stats") { _, _ in Self.json(provider.statistics()) }
        group.get("log", use: log)
        group.get("clients") { _, _ in Self.json(["clients": provider.clients()]) }
        group.post("clients", use: changeClient)
        group.post("issuers", use: registerIssuer)
        group.get("faults") { _, _ in Self.json(["faults": provider.faults()]) }
        group.post("faults", use: addFault)
        group.delete("faults") { _, _ in
            provider.clearFaults()
            return Self.json(["faults": provider.faults()])
        }
        group.get("gate") { _, _ in gateState() }
        group.get("gate/wait", use: waitForCalls)
        group.post("gate", use: hold)
        group.post("gate/release", use: release)
        group.post("grants", use: issueGrant)
        group.post("withdraw", use: withdraw)
        group.post("clock", use: advanceClock)
        group.post("reset", use: reset)
    }

    @Sendable private func log(_ request: Request, _ context: ProviderContext) -> Response {
        let query = request.queryParameters
        let after = query["after"].flatMap { Int($0) } ?? 0
        let family = query["family"].flatMap { Int($0) }
        let lines = provider.log().filter {
            $0.sequence > after && (family == nil || $0.family == family)
                && (query["client_id"] == nil || $0.clientID == query["client_id"])
        }
        return Self.json(["log": lines])
    }

    @Sendable private func changeClient(_ request: Request, _ context: ProviderContext) async throws -> Response {
        let change = try await ControlBody(request).decode(ClientChange.self, keys: ClientChange.CodingKeys.self)
        let old = provider.clients().first { $0.id == change.id }
        let client = change.applied(to: old ?? SimulatedClient(id: change.id, refreshScope: SimulatedClient.offline))
        provider.register(client)
        return Self.json(client)
    }

    @Sendable private func registerIssuer(_ request: Request, _ context: ProviderContext) async throws -> Response {
        let body = try await ControlBody(request)
        let issuer = try body.decode(AssertionIssuer.self, keys: AssertionIssuer.CodingKeys.self)
        provider.register(issuer)
        return Self.json(issuer)
    }

    @Sendable private func addFault(_ request: Request, _ context: ProviderContext) async throws -> Response {
        provider.add(try await ControlBody(request).decode(Fault.self, keys: Fault.CodingKeys.self))
        return Self.json(["faults": provider.faults()])
    }

    @Sendable private func waitForCalls(_ request: Request, _ context: ProviderContext) async -> Response {
        let query = request.queryParameters
        let count = query["waiting"].flatMap { Int($0) } ?? 1
        let timeout = query["timeout_ms"].flatMap { Int($0) } ?? 10_000
        let waiting = await provider.whenWaiting(count, timeout: .milliseconds(timeout))
        return Self.json(["waiting": waiting], status: waiting >= count ? .ok : .requestTimeout)
    }

    @Sendable private func hold(_ request: Request, _ context: ProviderContext) async throws -> Response {
        provider.hold(try await ControlBody(request).decode(GateRule.self, keys: GateRule.CodingKeys.self))
        return gateState()
    }

    @Sendable private func release(_ request: Request, _ context: ProviderContext) async throws -> Response {
        let body = try await ControlBody(request).decode(GateRelease.self, keys: GateRelease.CodingKeys.self)
        return Self.json(["released": provider.release(body)])
    }

    private func gateState() -> Response {
        Self.json(GateState(waiting: provider.gates.waiting, gates: provider.gates.rules))
    }

    private struct GateState: Encodable {
        var waiting: Int
        var gates: [GateRule]
    }

    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(value)) ?? Data("{}".utf8)
        var response = Answer.json(String(decoding: data, as: UTF8.self) + "\n").response()
        response.status = status
        return response
    }
}
