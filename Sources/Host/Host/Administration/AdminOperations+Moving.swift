import API
import ConnectorSDK
import Model
import Pipeline
import Secrets

/// Connections that come from another host or system, or go to one.
extension AdminOperations {
    func export(_ request: AdminRequest, by user: String, emit: @escaping Emit) async throws -> JSONValue {
        guard let recipient = ExportRecipient(try request.required("to")) else {
            throw AdminProblem("invalid_input", "to is no public key; `connections import --new-key FILE` prints one.")
        }
        let file = try request.required("file")
        var order = Administration.ExportOrder(to: recipient, file: file, handsOver: request.flag("hand_over"))
        order.search.organization = request.optional("organization").map { OrganizationID($0) }
        order.search.filters.connector = request.optional("connector")
        var leftOut = 0
        let count = try await administration.export(
            order, by: user, progress: { try emit(.progress($0)) },
            each: { exported in
                if exported.outcome == .leftOut { leftOut += 1 }
                try emit(.item(exported.json))
            })
        return .object([
            "file": .string(file), "to": .string(recipient.description), "connections": .number("\(count)"),
            "left_out": .number("\(leftOut)"),
        ])
    }

    func importConnections(_ request: AdminRequest, by user: String, emit: @escaping Emit) async throws -> JSONValue {
        let file = try request.required("file")
        let source = try ImportSource(file, key: request.optional("key"))
        try await administration.note("connections_import", file, by: user)
        return try await ConnectionImport(
            administration: administration, organization: request.optional("organization").map { OrganizationID($0) },
            user: user, emit: emit
        ).run(source)
    }
}

extension Administration.Exported {
    fileprivate var json: JSONValue {
        .object([
            "id": .string(connection.description), "organization": .string(organization.description),
            "connector": .string(connector), "name": .string(name), "outcome": .string(outcome.rawValue),
            "detail": detail.map { JSONValue.string($0) } ?? .null,
        ])
    }
}
