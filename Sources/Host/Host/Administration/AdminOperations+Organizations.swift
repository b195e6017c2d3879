import API
import ConnectorSDK
import Definitions
import Model
import Pipeline
import StoreContract

/// The end of organizations.
extension AdminOperations {
    func listOrganizations(emit: Emit) async throws -> JSONValue {
        for (organization, end) in try await administration.allOrganizations() {
            try emit(.item(Self.json(organization, end)))
        }
        return .object([:])
    }

    /// The connections whose providers were not told as they come, then how it went.
    func deleteOrganization(_ request: AdminRequest, by user: String, emit: @escaping Emit) async throws -> JSONValue {
        guard let patience = DurationText.read(request.optional("within") ?? "2m") else {
            throw AdminProblem("invalid_input", "within is a duration, such as 2m.")
        }
        let organization = OrganizationID(try request.required("organization"))
        // Whoever has gone away hears nothing, and the deletion goes on.
        let report = try await administration.deleteOrganization(organization, patience: patience, by: user) {
            try? emit(.progress($0))
        } notRevoked: {
            for connection in $0 { try? emit(.item(Self.json(connection))) }
        }
        return .object([
            "organization": .string(organization.description),
            "connections": .number("\(report.connections)"), "revoked": .number("\(report.revoked)"),
            "not_revocable": .number("\(report.notRevocable)"), "handed_over": .number("\(report.handedOver)"),
            "not_revoked": .number("\(report.notRevoked)"),
            "deleted_before": report.deletedBefore.map { JSONValue.string(TimeText.text($0)) } ?? .null,
        ])
    }

    func reopenOrganization(_ request: AdminRequest, by user: String) async throws -> JSONValue {
        let organization = OrganizationID(try request.required("organization"))
        try await administration.reopenOrganization(organization, by: user)
        return .object(["organization": .string(organization.description)])
    }

    private static func json(_ organization: OrganizationID, _ end: OrganizationEnd?) -> JSONValue {
        let status = end.map { $0.endedAt == nil ? "deleting" : "deleted" } ?? "active"
        return .object([
            "organization": .string(organization.description), "status": .string(status),
            "began_at": end.map { JSONValue.string(TimeText.text($0.beganAt)) } ?? .null,
            "ended_at": end?.endedAt.map { JSONValue.string(TimeText.text($0)) } ?? .null,
        ])
    }

    private static func json(_ connection: ConnectionRecord) -> JSONValue {
        .object([
            "id": .string(connection.id.description), "connector": .string(connection.connector),
            "client": .string(connection.client), "name": .string(connection.name),
            "owner": .string(connection.owner.description),
        ])
    }
}
