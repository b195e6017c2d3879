import API
import ConnectorSDK
import Model
import Pipeline
import Secrets
import StoreContract

/// Carries out what came as a request, at the door or in the command's own process, and answers in lines.
struct AdminOperations: Sendable {
    let administration: Administration
    /// The file name of the host's database: what is asked of another one is not done here.
    let database: String

    typealias Emit = @Sendable (AdminLine) throws -> Void

    /// Never throws: what went wrong is the last line.
    func perform(_ line: String, by user: String, emit: @escaping Emit) async {
        do {
            try emit(.result(try await result(of: AdminRequest(reading: line), by: user, emit: emit)))
        } catch {
            // Whoever has gone away hears nothing.
            try? emit(.problem(AdminProblem(error)))
        }
    }

    private func result(of request: AdminRequest, by user: String, emit: @escaping Emit) async throws -> JSONValue {
        guard request.database == database else {
            throw AdminProblem("another_database", "The host at this door has the database \(database).")
        }
        try await administration.requireServing()
        try await noteRead(request, by: user)
        switch request.operation {
        case .status: return try await status()
        case .listConnections: return try await list(request, by: user, emit: emit)
        case .showConnection:
            return try await administration.connection(ConnectionID(try request.required("id")), by: user).json
        case .refreshConnection: return try await refresh(request, by: user)
        case .revokeConnection:
            let answer = try await administration.revoke(ConnectionID(try request.required("id")), by: user)
            return .object(["status": .string("revoked"), "revocation": .string(answer.revocation.rawValue)])
        case .verifyConnections: return try await verify(request, by: user, emit: emit)
        case .exportConnections: return try await export(request, by: user, emit: emit)
        case .importConnections: return try await importConnections(request, by: user, emit: emit)
        case .listHosts: return try await hosts(emit: emit)
        case .declareHostLost:
            let host = HostID(try request.required("host"))
            try await administration.declareLost(host, by: user)
            return .object(["host": .string(host.description), "lost": .bool(true)])
        case .keyStatus: return try await keys(emit: emit)
        case .rotateKey: return try await rotateKey(by: user)
        case .rewrapKeys: return try await rewrapKeys(by: user, emit: emit)
        case .listOrganizations: return try await listOrganizations(emit: emit)
        case .deleteOrganization: return try await deleteOrganization(request, by: user, emit: emit)
        case .reopenOrganization: return try await reopenOrganization(request, by: user)
        case .backUpStore: return try await backUp(request, by: user, emit: emit)
        case .verifyAudit: return try await verifyAudit(request, emit: emit)
        case .listWebhooks: return try await listWebhooks(emit: emit)
        case .replayWebhooks: return try await replayWebhooks(request, by: user)
        }
    }

    /// What is read is audited before it is given; what is changed, by its own deed.
    private func noteRead(_ request: AdminRequest, by user: String) async throws {
        switch request.operation {
        case .listConnections, .showConnection, .listHosts, .keyStatus, .listOrganizations, .listWebhooks,
            .verifyAudit:
            let filters = request.arguments.sorted { $0.key < $1.key }
                .map { "\($0.key)=\(($0.value.scalarText ?? "").prefix(200))" }
            try await administration.noteRead(
                request.operation.auditAction, filters.isEmpty ? "all" : filters.joined(separator: " "), by: user)
        case .status, .refreshConnection, .revokeConnection, .verifyConnections, .exportConnections,
            .importConnections, .declareHostLost, .rotateKey, .rewrapKeys, .deleteOrganization, .reopenOrganization,
            .backUpStore, .replayWebhooks:
            break
        }
    }

    private func status() async throws -> JSONValue {
        .object(["host": .string(try await administration.hosts().own.description)])
    }

    private func list(_ request: AdminRequest, by user: String, emit: @escaping Emit) async throws -> JSONValue {
        var search = Administration.Search()
        search.organization = request.optional("organization").map { OrganizationID($0) }
        search.filters.connector = request.optional("connector")
        search.filters.owner = request.optional("owner")
        search.filters.name = request.optional("name")
        if let text = request.optional("status") {
            guard let status = ConnectionStatus(rawValue: text) else {
                throw AdminProblem("invalid_input", "There is no status \(text).")
            }
            search.filters.status = status
        }
        try await administration.connections(search, by: user) { try emit(.item($0.json)) }
        return .object([:])
    }

    private func refresh(_ request: AdminRequest, by user: String) async throws -> JSONValue {
        var refresh = RefreshRequest()
        refresh.name = request.optional("name") ?? refresh.name
        refresh.force = request.flag("force")
        let answer = try await administration.refresh(
            ConnectionID(try request.required("id")), refresh, by: user)
        return .object(["outcome": .string(answer.outcome.rawValue), "generation": .number("\(answer.generation)")])
    }

    private func verify(_ request: AdminRequest, by user: String, emit: @escaping Emit) async throws -> JSONValue {
        guard let way = Administration.WayOut(rawValue: try request.required("way")) else {
            throw AdminProblem("invalid_input", "way is adopt, assume_current or reauthorize.")
        }
        guard let id = request.optional("id") else {
            try await administration.verifyAll(way, by: user) { try emit(.item($0.json)) }
            return .object([:])
        }
        for verified in try await administration.verify(ConnectionID(id), way, by: user) {
            try emit(.item(verified.json))
        }
        return .object([:])
    }

    private func hosts(emit: Emit) async throws -> JSONValue {
        let (own, all) = try await administration.hosts()
        for host in all { try emit(.item(host.json(isThis: host.id == own))) }
        return .object([:])
    }

    private func backUp(_ request: AdminRequest, by user: String, emit: @escaping Emit) async throws -> JSONValue {
        let file = try request.required("file")
        let header = try await administration.backUp(to: file, by: user) { try emit(.progress($0)) }
        return .object([
            "file": .string(file), "store": .string(header.store), "key": .string(header.key),
            "made_at": .string(TimeText.text(header.madeAt)),
        ])
    }
}
