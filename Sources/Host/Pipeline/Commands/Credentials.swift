package import ConnectorSDK
import Definitions
import Foundation
import Model
import RefreshProtocol
import Secrets
import StoreContract

/// The secret organization inputs of a client: write-only but for one audited door (DESIGN.md §7).
extension TokenPipeline {
    /// Which of them are set.
    package func credentials(_ connector: String, client: String, by caller: Caller) async throws -> CredentialsView {
        try caller.require(.writeConnectors)
        let key = try clientKey(connector, client, caller)
        let inputs = try parts.connectors.entry(connector).definition.credentials
        return CredentialsView(of: try await self.client(key), inputs)
    }

    /// Takes members of a JSON body or of a provider's key file by name: what is left out stays, null removes.
    /// - Throws: `invalid_input` with a field for every wrong member, and for a file that holds none.
    package func setCredentials(
        _ connector: String, client: String, _ update: CredentialsUpdate, by caller: Caller
    ) async throws -> CredentialsView {
        try caller.require(.writeConnectors)
        let key = try clientKey(connector, client, caller)
        let definition = try parts.connectors.entry(connector).definition
        let changes = try update.checked(for: definition)
        let parts = parts
        let record = try await wrapping {
            try await parts.keyRing.prepare(caller.organization)
            return try await parts.store.write { transaction -> ClientRecord in
                var record = try transaction.client(key) ?? ClientRecord(key: key, updatedAt: transaction.now)
                try record.take(changes, sealer: parts.sealer)
                record.updatedAt = transaction.now
                record.revision += 1
                try transaction.save(record)
                try transaction.audit(
                    .of(caller, "set_credentials", connector: connector, at: transaction.now), parts: parts)
                return record
            }
        }
        cache.clear()
        await shareSuccess(key, evenUnknown: true)
        return CredentialsView(of: record, definition.credentials)
    }

    /// Removes all of them, unless connections use the client.
    package func deleteCredentials(_ connector: String, client: String, by caller: Caller) async throws {
        try caller.require(.writeConnectors)
        let key = try clientKey(connector, client, caller)
        let names = try parts.connectors.entry(connector).definition.credentials.map(\.name)
        let parts = parts
        try await wrapping {
            try await parts.store.write { transaction in
                guard try !transaction.isUsed(key) else {
                    throw PipelineError(.inUse, "Connections use these credentials; delete them first.")
                }
                guard var record = try transaction.client(key) else { return }
                for name in names { record.sealedSecrets[name] = nil }
                record.updatedAt = transaction.now
                record.revision += 1
                try transaction.save(record)
                try transaction.audit(
                    .of(caller, "delete_credentials", connector: connector, at: transaction.now), parts: parts)
            }
        }
        cache.clear()
    }

    /// The values themselves, for a person who administers the organization; its audit record comes first.
    /// - Throws: `not_found` while nothing is set.
    package func downloadCredentials(
        _ connector: String, client: String, by caller: Caller
    ) async throws -> [String: Secret] {
        guard caller.isAdmin else {
            throw PipelineError(.forbidden, "Only a user of the role admin downloads credentials.")
        }
        let key = try clientKey(connector, client, caller)
        let names = Set(try parts.connectors.entry(connector).definition.credentials.map(\.name))
        let parts = parts
        return try await wrapping {
            try await parts.keyRing.prepare(caller.organization)
            let record = try await parts.store.write { transaction -> ClientRecord in
                guard let record = try transaction.client(key),
                    record.sealedSecrets.keys.contains(where: names.contains)
                else { throw PipelineError(.notFound, "No credentials are set.") }
                try transaction.audit(
                    .of(caller, "download_credentials", connector: connector, at: transaction.now), parts: parts)
                return record
            }
            return try parts.secrets(of: record).filter { names.contains($0.key) }
        }
    }
}

extension CredentialsView {
    init(of record: ClientRecord?, _ inputs: [Input]) {
        let set = inputs.map(\.name).filter { record?.sealedSecrets[$0] != nil }
        let isComplete = inputs.allSatisfy { !$0.required || set.contains($0.name) }
        self.init(
            configured: !set.isEmpty && isComplete, updatedAt: set.isEmpty ? nil : record?.updatedAt,
            fields: set.sorted())
    }
}

extension CredentialsUpdate {
    /// The changes of the inputs that there are.
    fileprivate func checked(for definition: Definition) throws -> [String: Change<Secret>] {
        let inputs = Dictionary(definition.credentials.map { ($0.name, $0) }) { first, _ in first }
        let known = members.filter { inputs[$0.key] != nil }
        var fields = ConfigChange.check(secrets: known, inputs: inputs)
        if fields.isEmpty { fields = definition.problems(withKeys: known.compactMapValues(\.value)) }
        for name in others where inputs[name] != nil { fields.append(.init(name, "must be a text")) }
        if !isFile {
            let given = others.union(members.keys)
            for name in given where inputs[name] == nil {
                fields.append(.init(String(name.prefix(64)), "is no secret organization input of \(definition.id)"))
            }
        } else if known.isEmpty, fields.isEmpty {
            let names = inputs.keys.sorted().joined(separator: ", ")
            fields.append(.init("file", "holds none of: \(names.isEmpty ? "(there are none)" : names)"))
        }
        try PipelineError.refuse(fields.sorted { $0.name < $1.name }, "The credentials are not right.")
        return known
    }
}
