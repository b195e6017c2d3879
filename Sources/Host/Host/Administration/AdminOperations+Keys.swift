import API
import ConnectorSDK
import Model
import Pipeline
import Secrets
import StoreContract

/// The operator's side of key encryption keys.
extension AdminOperations {
    /// The data keys as they come; the result says which key encryption keys there are.
    func keys(emit: Emit) async throws -> JSONValue {
        for organization in try await administration.organizations() {
            for key in try await administration.dataKeys(of: organization) {
                try emit(.item(key.json(wrappedBy: administration.keyID(of: key))))
            }
        }
        let keys = try await administration.keyUse()
        let elsewhere = try await administration.keysElsewhere()
        return .object([
            "key": .string(administration.keyID), "keys": .array(keys.map(\.json)),
            "hosts": .array(elsewhere.map { $0.json(beside: administration.keyID) }),
        ])
    }

    func rotateKey(by user: String) async throws -> JSONValue {
        let (old, new) = try await administration.rotateKey(by: user)
        return .object(["key": .string(new), "replaced": .string(old)])
    }

    /// The data keys that could not be opened as they come, then how it went and which keys nothing needs any more.
    func rewrapKeys(by user: String, emit: @escaping Emit) async throws -> JSONValue {
        // Whoever has gone away hears nothing, and all is wrapped all the same.
        let done = try await administration.rewrapKeys(by: user) { try? emit(.progress($0)) }
        for key in done.unreadable { try emit(.item(key.json(wrappedBy: administration.keyID(of: key)))) }
        let unused = try await administration.keyUse().filter { !$0.isUsed }
        return .object([
            "key": .string(administration.keyID), "rewrapped": .number("\(done.changed)"),
            "unreadable": .number("\(done.unreadable.count)"), "unused": .array(unused.map(\.json)),
        ])
    }
}

extension Administration.KeyUse {
    var json: JSONValue {
        .object([
            "id": .string(key.id), "files": .array(key.places.map(JSONValue.string)), "current": .bool(isCurrent),
            "data_keys": .number("\(dataKeys)"), "secrets": .number("\(secrets)"), "used": .bool(isUsed),
        ])
    }
}

extension Administration.KeysElsewhere {
    /// - Parameter key: The one in use here.
    func json(beside key: String) -> JSONValue {
        .object([
            "id": .string(host.description), "key": current.map(JSONValue.string) ?? .null,
            "keys": .array(all.sorted().map(JSONValue.string)), "has_key": .bool(all.contains(key)),
        ])
    }
}

extension DataKeyRecord {
    /// Without what it wraps.
    func json(wrappedBy key: String?) -> JSONValue {
        .object([
            "organization": .string(organization.description), "id": .string(id),
            "created_at": .string(TimeText.text(createdAt)), "encryptions": .number("\(encryptions)"),
            "retired": .bool(retired), "key": key.map(JSONValue.string) ?? .null,
        ])
    }
}
