import ConnectorSDK
import Model
import Pipeline

extension AuthorizeRequest {
    /// The body of `POST …/authorize`.
    static func read(_ fields: inout FieldReader, connector: String) -> AuthorizeRequest {
        var request = AuthorizeRequest(connector: connector)
        request.name = fields.text("name", longest: FieldReader.longestName)
        request.connection = fields.connection("connection")
        request.givenClient = fields.client("client")
        request.owner = fields.owner("owner")
        request.scopes = fields.scopes("scopes")
        request.inputs = fields.textMap("inputs")
        request.loginHint = fields.text("login_hint", longest: 320)
        request.clientMaterial = fields.clientMaterial()
        request.metadata = fields.objectText("metadata")
        request.returnTo = fields.text("return_to", longest: 2048)
        return request
    }
}

extension ExchangeRequest {
    /// The body of `POST …/exchange`.
    static func read(_ fields: inout FieldReader, connector: String) -> ExchangeRequest {
        let code = fields.requiredSecret("code")
        var request = ExchangeRequest(connector: connector, code: code, state: fields.text("state", longest: 1024))
        request.parameters = fields.textMap("parameters") ?? [:]
        request.redirectURI = fields.text("redirect_uri", longest: 2048)
        request.codeVerifier = fields.verifier("code_verifier")
        request.name = fields.text("name", longest: FieldReader.longestName)
        request.inputs = fields.textMap("inputs") ?? [:]
        request.client = fields.client("client") ?? "default"
        return request
    }
}

extension RedeemRequest {
    /// The body of `POST …/connections`.
    static func read(_ fields: inout FieldReader, connector: String) -> RedeemRequest {
        var request = RedeemRequest(connector: connector, grant: fields.requiredText("grant"))
        request.name = fields.text("name", longest: FieldReader.longestName)
        request.connection = fields.connection("connection")
        request.givenClient = fields.client("client")
        request.owner = fields.owner("owner")
        request.inputs = fields.textMap("inputs")
        request.refreshToken = fields.secret("refresh_token")
        request.subject = fields.text("subject", longest: 512)
        request.subjectToken = fields.secret("subject_token")
        request.subjectTokenType = fields.text("subject_token_type", longest: 512)
        request.audience = fields.text("audience", longest: 2048)
        request.resource = fields.text("resource", longest: 2048)
        request.clientMaterial = fields.clientMaterial()
        request.scopes = fields.scopes("scopes")
        request.metadata = fields.objectText("metadata")
        return request
    }
}

extension FieldReader {
    /// `client_material`: the client of a connection that has its own.
    fileprivate mutating func clientMaterial() -> [String: Secret]? {
        var material: [String: Secret] = [:]
        nested("client_material") { fields in
            for name in ["client_id", "client_secret", "client_private_key", "client_certificate"] {
                material[name] = fields.secret(name)
            }
        }
        let isGiven = members["client_material"].map { $0 != .null } ?? false
        return isGiven ? material : nil
    }

    fileprivate mutating func connection(_ name: String) -> ConnectionID? { identifier(name).map { ConnectionID($0) } }

    /// A secret that must be there; empty when it is not, and then `finish` throws.
    fileprivate mutating func requiredSecret(_ name: String) -> Secret {
        if (value(name) ?? .null) == .null { refuse(name, "missing") }
        return secret(name) ?? Secret("")
    }
}
