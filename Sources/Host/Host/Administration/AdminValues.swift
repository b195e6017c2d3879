import API
import ConnectorSDK
import Model
import Pipeline
import StoreContract

extension Administration.Listed {
    /// As the API shows it, with the organization.
    var json: JSONValue {
        guard case .object(var members)? = try? JSONReader.read(view.text.utf8) else { return .null }
        members["organization"] = .string(organization.description)
        return .object(members)
    }
}

extension Administration.Verified {
    var json: JSONValue {
        .object([
            "id": .string(connection.description), "token": .string(token), "outcome": .string(outcome.rawValue),
            "status": .string(status.rawValue), "generation": .number("\(generation)"),
        ])
    }
}

extension HostRecord {
    func json(isThis: Bool) -> JSONValue {
        .object([
            "id": .string(id.description), "boot": .string(boot.description), "lost": .bool(lost),
            "heartbeat_at": .string(TimeText.text(heartbeatAt)), "this": .bool(isThis),
        ])
    }
}

extension DataKeyRecord {
    /// Without what it wraps.
    var json: JSONValue {
        .object([
            "organization": .string(organization.description), "id": .string(id),
            "created_at": .string(TimeText.text(createdAt)), "encryptions": .number("\(encryptions)"),
            "retired": .bool(retired),
        ])
    }
}
