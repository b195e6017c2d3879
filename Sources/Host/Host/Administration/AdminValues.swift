import API
import ConnectorSDK
import Model
import Pipeline
import StoreContract

extension Administration.Listed {
    /// As the API shows it, with the organization.
    var json: JSONValue {
        // Read inside the line that it becomes: metadata may nest as deep as a reader goes.
        guard case .object(let line)? = try? JSONReader.read("{\"item\":\(view.text)}".utf8),
            case .object(var members)? = line["item"]
        else {
            return .object(["id": .string(view.id.description), "organization": .string(organization.description)])
        }
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
