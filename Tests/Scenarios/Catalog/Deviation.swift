import Conformance
import ConnectorSDK

/// A provider that differs in one thing from the definition that the host uses.
struct Deviation: Sendable {
    let name: String
    let definition: String
    /// The step that must fail, and what the provider says about it.
    let fails: LifeCycleReport.Step
    let says: String
    let change: @Sendable (inout Definition) -> Void

    init(
        _ name: String, of definition: String, fails: LifeCycleReport.Step, says: String,
        _ change: @escaping @Sendable (inout Definition) -> Void
    ) {
        self.name = name
        self.definition = definition
        self.fails = fails
        self.says = says
        self.change = change
    }

    /// One for each kind of thing that a definition says about requests; each of another definition, for a client that was
    /// refused is left alone for a while.
    static let all: [Deviation] = consent + exchange + refresh + revocation

    private static let consent = [
        Deviation("PKCE off", of: "airtable", fails: .authorize, says: "code_challenge is not expected") {
            $0.authorization?.pkce = false
        },
        Deviation("another separator", of: "zoho", fails: .authorize, says: "scope in the query") {
            $0.scopes.defaults.append("More.Read")
        },
        Deviation("a space that is a +", of: "xero", fails: .authorize, says: "a space is written %20") {
            $0.scopes.encoding = .plus
        },
        Deviation("client_id with its own name", of: "tiktok", fails: .authorize, says: "client_key is not expected") {
            $0.authorization?.rename = [:]
        },
        Deviation("a further parameter", of: "asana", fails: .authorize, says: "prompt is missing") {
            $0.authorization?.parameters["prompt"] = Template("consent")
        },
        Deviation("another consent page", of: "box", fails: .authorize, says: "no request is expected") {
            $0.authorization?.endpoint = [Template("http://127.0.0.1:1/elsewhere")]
        },
    ]

    private static let exchange = [
        Deviation("a form", of: "notion", fails: .exchange, says: "of format json, not form") { $0.token.body = .form },
        Deviation("the secret in the body", of: "x", fails: .exchange, says: "client_secret is missing") {
            $0.client.authentication = .clientSecretPost
        },
        Deviation("the secret by Basic", of: "hubspot", fails: .exchange, says: "Basic pair") {
            $0.client.authentication = .clientSecretBasic
        },
        Deviation("client_id not repeated", of: "github", fails: .exchange, says: "client_id is not expected") {
            $0.client.repeatInBody = []
        },
        Deviation("secret as the user name", of: "stripe-apps", fails: .exchange, says: "Basic pair") {
            $0.client.basicUsername = .clientID
        },
        Deviation("state not wanted", of: "dropbox-sign", fails: .exchange, says: "state is not expected") {
            $0.token.parameters["state"] = nil
        },
        Deviation("a header", of: "gitlab", fails: .exchange, says: "the header Accept") {
            $0.token.headers["Accept"] = Template("text/plain")
        },
        Deviation("redirect_uri wanted", of: "printful", fails: .exchange, says: "redirect_uri is missing") {
            $0.token.omit = []
        },
        Deviation("GET", of: "typeform", fails: .exchange, says: "POST instead of GET") {
            ($0.token.method, $0.refresh.request.method) = (.get, .get)
        },
        Deviation("another audience", of: "revolut-business", fails: .exchange, says: "another audience") {
            $0.client.assertion?.audience = Template("https://elsewhere.example")
        },
        Deviation("another issuer", of: "wordpress-com", fails: .exchange, says: "pending") {
            $0.issuer = Template("https://elsewhere.example")
        },
        Deviation("a code of another name", of: "amazon-selling-partner", fails: .exchange, says: "pending") {
            $0.authorization?.callback.code = "code"
        },
    ]

    private static let refresh = [
        Deviation("a parameter less", of: "pinterest", fails: .refresh, says: "is not expected in the body") {
            $0.refresh.request.parameters = [:]
        },
        Deviation("scopes wanted", of: "spotify", fails: .refresh, says: "scope is missing") {
            $0.scopes.send.insert(.refresh)
        },
        Deviation("the token endpoint", of: "heygen", fails: .refresh, says: "no request is expected") {
            $0.refresh.request.endpoint = $0.token.endpoint
        },
        Deviation("another grant name", of: "zoom", fails: .refresh, says: "grant_type in the body") {
            $0.refresh.request.grantType = "renew"
        },
    ]

    private static let revocation = [
        Deviation("by the client", of: "dropbox", fails: .revoke, says: "the expected Basic pair") {
            $0.revocation?.authorize = .client
        },
        Deviation("another parameter", of: "home-assistant", fails: .revoke, says: "action is not expected") {
            $0.revocation?.request.parameters = [:]
        },
        Deviation("the access token", of: "linear", fails: .revoke, says: "a token that is not the role's") {
            $0.revocation?.token = .accessToken
        },
        Deviation("POST", of: "lichess", fails: .revoke, says: "DELETE instead of POST") {
            $0.revocation?.request.method = .post
        },
    ]
}
