import ConnectorSDK
import ProviderSimulator

/// A request script that is being put together.
struct RequestDraft {
    var request: RequestScript
    private let rules: RequestRules
    private let script: ValueScript
    private let assertion: AssertionScript
    private var parameters: [String: ScriptedValue] = [:]

    init(
        _ act: RequestScript.Act, _ rules: RequestRules, _ script: ValueScript, at provider: String,
        spaces: RequestScript.Spaces, assertion: AssertionScript
    ) {
        let (path, query) = script.address(rules.endpoint, at: provider)
        request = RequestScript(act, method: rules.method.rawValue, path: path)
        request.query = query
        request.spaces = spaces
        request.headers = ["Accept": "application/json"]
        for (name, template) in rules.headers {
            if let text = script.value(template)?.fixedText { request.headers[name] = text }
        }
        self.rules = rules
        self.script = script
        self.assertion = assertion
    }

    /// Adds an engine parameter under the provider's name for it, unless the definition omits it.
    mutating func add(_ name: String, _ value: ScriptedValue, usually: String? = nil) {
        if !rules.omit.contains(name) { parameters[rules.rename[name] ?? usually ?? name] = value }
    }

    /// The whole request, with what shows who the client is; nil: nothing does.
    func finished(authenticating client: ClientRules?, _ values: MadeUpValues) -> RequestScript {
        var draft = self
        if let client { draft.authenticate(client, values) }
        for (name, value) in rules.parameters { draft.parameters[name] = draft.own(value) }
        draft.place()
        return draft.request
    }

    private mutating func authenticate(_ client: ClientRules, _ values: MadeUpValues) {
        let secret = SimulatedClient.defaultSecret
        switch client.authentication {
        case .clientSecretPost:
            add("client_id", .exactly(values.clientID))
            add("client_secret", .exactly(secret))
        case .clientSecretBasic:
            let isSecret = client.basicUsername == .clientSecret
            request.authorization = .basic(
                username: isSecret ? secret : values.clientID, password: isSecret ? "" : secret)
            if client.repeatInBody.contains("client_id") { add("client_id", .exactly(values.clientID)) }
        case .privateKeyJWT:
            add("client_id", .exactly(values.clientID))
            add("client_assertion_type", .exactly("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"))
            add("client_assertion", .assertion(assertion))
        case .tlsClientAuth, .none: add("client_id", .exactly(values.clientID))
        }
    }

    private func own(_ value: ParameterValue) -> ScriptedValue? {
        let isJSON = rules.body == .json && rules.method != .get
        switch value {
        case .text(let template): return script.value(template)
        case .number(let digits): return isJSON ? .number(Double(digits) ?? 0) : .exactly(digits)
        case .bool(let flag): return isJSON ? .flag(flag) : .exactly(flag ? "true" : "false")
        }
    }

    private mutating func place() {
        if rules.body == .query || rules.method == .get {
            request.query.merge(parameters) { $1 }
        } else if rules.body == .json {
            (request.format, request.body) = (.json, parameters)
        } else if !parameters.isEmpty {
            (request.format, request.body) = (.form, parameters)
        }
    }
}
