import ConnectorSDK
import Foundation
import Model
import RefreshProtocol
import Secrets
import StoreContract

/// An organization's client of a connector: id, secrets, organization inputs, settings.
extension TokenPipeline {
    /// A client's config, secrets only by name.
    package func config(_ connector: String, client: String, by caller: Caller) async throws -> ConfigView {
        try caller.require(.writeConnectors)
        let key = try clientKey(connector, client, caller)
        return ConfigView(try await self.client(key))
    }

    /// Changes a client's config: what is left out stays, null removes.
    package func configure(
        _ connector: String, client: String, _ update: ConfigUpdate, by caller: Caller
    ) async throws -> ConfigView {
        try caller.require(.writeConnectors)
        let key = try clientKey(connector, client, caller)
        let definition = try parts.connectors.entry(connector).definition
        let change = try ConfigChange(update, definition: definition)
        let parts = parts
        let record = try await wrapping {
            try await parts.keyRing.prepare(caller.organization)
            return try await parts.store.write { transaction -> ClientRecord in
                var record = try transaction.client(key) ?? ClientRecord(key: key, updatedAt: transaction.now)
                try change.apply(to: &record, sealer: parts.sealer)
                record.updatedAt = transaction.now
                record.revision += 1
                try transaction.save(record)
                try transaction.audit(.of(caller, "configure", connector: connector, at: transaction.now), parts: parts)
                return record
            }
        }
        cache.clear()
        await shareSuccess(key, evenUnknown: true)
        return ConfigView(record)
    }

    /// Removes a client that no connection uses.
    package func deleteConfig(_ connector: String, client: String, by caller: Caller) async throws {
        try caller.require(.writeConnectors)
        let key = try clientKey(connector, client, caller)
        let parts = parts
        try await wrapping {
            try await parts.store.write { transaction in
                guard try !transaction.isUsed(key) else {
                    throw PipelineError(.inUse, "Connections use this client; delete them first.")
                }
                try transaction.erase(key)
                try transaction.audit(
                    .of(caller, "delete_config", connector: connector, at: transaction.now), parts: parts)
            }
        }
        cache.clear()
    }

    /// - Throws: `not_found` for a connector that this caller does not see, `invalid_input` for a name that no client has.
    func clientKey(_ connector: String, _ client: String, _ caller: Caller) throws -> ClientKey {
        guard caller.reaches(connector: connector) else {
            throw PipelineError(.notFound, "There is no connector \(connector.prefix(64)).")
        }
        _ = try parts.connectors.entry(connector)
        guard (1...64).contains(client.utf8.count), client.utf8.allSatisfy(Self.isPlain) else {
            throw PipelineError.invalid("client", "has 1 to 64 letters, digits, - and _")
        }
        return ClientKey(organization: caller.organization, connector: connector, name: client)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension ConfigView {
    init(_ record: ClientRecord?) {
        self.init(
            clientID: record?.clientID, secretsSet: (record?.sealedSecrets.keys.sorted()) ?? [],
            redirectURIs: record?.redirectURIs ?? [], scopes: record?.scopes, inputs: record?.inputs ?? [:],
            settings: record?.settings ?? ClientRecord.Settings(), updatedAt: record?.updatedAt)
    }
}
