import ConnectorSDK
import Foundation
import Model
import Secrets

/// What a connection redeems again because it holds no refresh token, and the client's material where that is its own:
/// sealed as one, never shown. A plain value of its own, so that `Secret` never encodes.
struct StoredGrant: Sendable, Equatable {
    /// By the names of the call's members: `subject`, `subject_token`, `subject_token_type`, `audience`, `resource`.
    var parameters: [String: Secret] = [:]
    /// `client_id`, `client_secret`, `client_private_key`, `client_certificate` (`client.per_connection`).
    var material: [String: Secret] = [:]

    var isEmpty: Bool { parameters.isEmpty && material.isEmpty }

    /// The id of the connection's own client, which is no secret.
    var clientID: String? { material["client_id"]?.reveal() }

    /// What requests may name: the client's proof, and the token that is exchanged.
    var secrets: [String: Secret] {
        var secrets = material
        secrets["client_id"] = nil
        secrets["subject_token"] = parameters["subject_token"]
        return secrets
    }

    init(parameters: [String: Secret] = [:], material: [String: Secret] = [:]) {
        self.parameters = parameters
        self.material = material
    }

    /// Reads what `encoded()` wrote.
    init(decoding data: Data) throws {
        guard case .object(let members) = try JSONReader.read(data) else {
            throw SecretsError(.refused, "A stored grant cannot be read.")
        }
        parameters = Self.secrets(members["parameters"])
        material = Self.secrets(members["material"])
    }

    /// Plain text for the sealer and nobody else.
    func encoded() -> Data {
        func object(_ secrets: [String: Secret]) -> JSONValue { .object(secrets.mapValues { .string($0.reveal()) }) }
        return Data(
            JSONWriter.text(.object(["parameters": object(parameters), "material": object(material)])).utf8)
    }

    private static func secrets(_ value: JSONValue?) -> [String: Secret] {
        guard case .object(let members)? = value else { return [:] }
        return members.compactMapValues { if case .string(let text) = $0 { Secret(text) } else { nil } }
    }

    /// What the connector is asked to redeem, for a connection made by that grant; nil where a refresh token is presented.
    func redemption(of grantType: String) -> Redemption? {
        guard let grant = GrantType(rawValue: grantType), grant.isRedeemedAgain else { return nil }
        func text(_ name: String) -> String? { parameters[name]?.reveal() }
        switch grant {
        case .clientCredentials: return .clientCredentials
        case .jwtBearer: return .jwtBearer(subject: text("subject"))
        case .tokenExchange:
            return .tokenExchange(
                subjectTokenType: text("subject_token_type") ?? "", audience: text("audience"),
                resource: text("resource"))
        case .authorizationCode, .deviceCode: return nil
        }
    }
}

extension PipelineParts {
    /// Opens a connection's own grant. The organization's data key must be prepared.
    func grant(of connection: ConnectionRecord) throws -> StoredGrant {
        guard let sealed = connection.sealedGrant else { return StoredGrant() }
        return try StoredGrant(decoding: sealer.open(sealed, for: .grant(of: connection)))
    }
}

extension SealContext {
    /// What a connection redeems again.
    static func grant(of connection: ConnectionRecord) -> SealContext {
        SealContext(organization: connection.organization, connection: connection.id, kind: .input, version: "grant")
    }
}
