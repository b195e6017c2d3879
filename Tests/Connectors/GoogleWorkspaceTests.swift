import ConnectorSDK
import Connectors
import Foundation
import Testing

@Suite struct GoogleWorkspaceTests {
    private static let endpoint = "https://oauth2.googleapis.example/token"

    /// A service account's definition, changed by a test.
    private static func robots(_ change: (inout Definition) -> Void = { _ in }) -> Definition {
        .sample { definition in
            definition.connector = "google-workspace"
            definition.grants = [.jwtBearer]
            definition.authorization = nil
            definition.issuer = Template("https://accounts.google.example")
            definition.client.authentication = .none
            definition.token.endpoint = [Template(endpoint)]
            definition.refresh.request.endpoint = [Template(endpoint)]
            definition.hosts = [.host("oauth2.googleapis.example", port: nil)]
            definition.inputs = ["client_email", "private_key", "private_key_id"].map { name in
                var input = Input(name: name)
                input.secret = true
                input.per = .organization
                return input
            }
            definition.inputs[2].required = false
            definition.scopes.send = [.token]
            definition.refresh.uses = .regrant
            change(&definition)
        }
    }

    private static let context = ConnectorContext(
        clientID: "", secrets: ["client_email", "private_key"], scopes: ["mail", "calendar"], random: "r",
        regrant: .jwtBearer(subject: "ada@example.com"))

    @Test("consent asks for offline access, for consent each time, and keeps what was granted before")
    func consent() throws {
        func query(_ change: (inout Definition) -> Void) throws -> [String: String] {
            let connector = try GoogleWorkspaceConnector(definition: .sample(change))
            let request = ConsentRequest(redirectURI: "https://h.example/cb", state: "s", challenge: "c")
            let url = try connector.authorizationURL(request, in: .sample(scopes: ["mail"])).url
            let items = URLComponents(string: url)?.queryItems ?? []
            return Dictionary(items.map { ($0.name, $0.value ?? "") }) { first, _ in first }
        }
        let plain = try query { _ in }
        #expect(plain["access_type"] == "offline" && plain["prompt"] == "consent")
        #expect(plain["include_granted_scopes"] == "true" && plain["scope"] == "mail")
        let own = try query { $0.authorization?.parameters["prompt"] = Template("select_account") }
        #expect(own["prompt"] == "select_account" && own["access_type"] == "offline", "a definition's own word counts")
    }

    @Test("the assertion: the key file's account, the subject, the token endpoint, the scopes as a claim")
    func assertion() throws {
        let connector = try GoogleWorkspaceConnector(definition: Self.robots())
        for operation in [Operation.redeem(.jwtBearer(subject: "ada@example.com")), .refresh] {
            let request = try connector.request(operation, in: Self.context)
            let expected = Assertion(
                audience: Self.endpoint, issuer: .secret("client_email"), subject: "ada@example.com",
                lifetime: .seconds(300), claims: ["scope": "mail calendar"], key: "private_key")
            let fields = [
                Field("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                Field("assertion", Value(parts: [.assertion(expected)])),
            ]
            #expect(request.body == .form(fields) && request.authorization == .none)
            #expect(request.url == Self.endpoint)
        }
    }

    @Test("the key's id goes into the header if the file had one; without a subject the account speaks for itself")
    func optionalParts() throws {
        let connector = try GoogleWorkspaceConnector(definition: Self.robots())
        var context = Self.context
        context.secrets.insert("private_key_id")
        let request = try connector.request(.redeem(.jwtBearer(subject: nil)), in: context)
        guard case .form(let fields) = request.body, case .assertion(let found)? = fields.last?.value.parts.first else {
            Issue.record("no assertion")
            return
        }
        #expect(found.header == ["kid": .secret("private_key_id")])
        #expect(found.subject == nil)
    }

    @Test(
        "a subject or scope that was not delegated ends its own connection, not the service account's others",
        arguments: ["unauthorized_client", "access_denied", "invalid_scope", "org_internal"])
    func delegation(code: String) throws {
        let connector = try GoogleWorkspaceConnector(definition: Self.robots())
        let answer = ProviderResponse.sample(401, #"{"error":"\#(code)"}"#)
        for operation in [Operation.redeem(.jwtBearer(subject: "ada@example.com")), .refresh] {
            #expect(connector.read(answer, to: operation, in: Self.context).failure?.disposition == .refused)
        }
        // For a user's refresh token the same answers mean what they mean everywhere.
        let users = try GoogleWorkspaceConnector(definition: .sample())
        let standard = try OAuth2Connector(definition: .sample())
        let seen = users.read(answer, to: .refresh, in: .sample()).failure
        #expect(seen == standard.read(answer, to: .refresh, in: .sample()).failure)
    }

    @Test("a key that is no good for anybody still stops the client")
    func client() throws {
        let connector = try GoogleWorkspaceConnector(definition: Self.robots())
        let answer = ProviderResponse.sample(401, #"{"error":"invalid_client"}"#)
        #expect(connector.read(answer, to: .refresh, in: Self.context).failure?.disposition == .misconfigured)
    }

    @Test("a service account without a place for its key file is refused at load", arguments: [0, 1])
    func keyFile(missing: Int) {
        #expect {
            try GoogleWorkspaceConnector(definition: Self.robots { $0.inputs.remove(at: missing) })
        } throws: {
            ($0 as? ConnectorError)?.code == .invalidOptions
        }
        #expect {
            try GoogleWorkspaceConnector(definition: Self.robots { $0.inputs[missing].secret = false })
        } throws: {
            ($0 as? ConnectorError)?.code == .invalidOptions
        }
    }
}
