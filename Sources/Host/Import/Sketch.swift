/// A definition while it is put together. Nothing in it is checked here: the decoder does that with the written text.
struct Sketch {
    var id: String
    var title: String
    var documentation: [String] = []
    /// Pages about the entry that are not the provider's.
    var pages: [String] = []
    var categories: [String] = []
    /// The first sentences of the file's comment: where it comes from.
    var preface: [String] = []
    /// What the source says and the definition does not.
    var notes: [String] = []
    /// Lines above a key, by its path, such as `client.authentication`.
    var comments: [String: [String]] = [:]
    /// Empty: authorization_code.
    var grants: [String] = []
    var issuer: String?
    var jwks: String?
    var inputs: [InputSketch] = []
    var client = ClientSketch()
    var scopes = ScopeSketch()
    var authorization: AuthorizationSketch?
    /// RFC 8628.
    var deviceAuthorization: [String] = []
    var token = RequestSketch()
    var upgrade: RequestSketch?
    var refresh = RefreshSketch()
    var response = ResponseSketch()
    /// RFC 7662, for answers without a lifetime.
    var introspection: [String] = []
    /// RFC 7009.
    var revocation: [String] = []
    var afterConnect: [Scripts.Step] = []
    /// What a parameter holds where its one input is unset.
    var parameterDefaults: [Pair] = []
    /// Empty: derived.
    var hosts: [String] = []

    /// Whether the consent of a user stands at the beginning.
    var hasConsent: Bool { grants.isEmpty }

    func input(_ name: String) -> InputSketch? { inputs.first { $0.name == name } }

    /// Changes the input of that name, if there is one.
    mutating func change(_ name: String, _ body: (inout InputSketch) -> Void) {
        if let index = inputs.firstIndex(where: { $0.name == name }) { body(&inputs[index]) }
    }

    /// All captured names.
    var captured: [String] {
        ((authorization?.capture ?? []) + response.capture + afterConnect.flatMap(\.capture)).map(\.name)
    }

    /// Every endpoint that is called or shown.
    var endpoints: [String] { endpointLists.flatMap(\.self) }

    /// The alternatives of each place that has an endpoint.
    var endpointLists: [[String]] {
        [
            authorization?.endpoint ?? [], deviceAuthorization, token.endpoint, upgrade?.endpoint ?? [],
            refresh.request.endpoint, introspection, revocation,
        ] + afterConnect.map { [$0.url] }
    }

    /// The values of all parameters and headers.
    var parameterTexts: [String] {
        let requests = [token, refresh.request] + (upgrade.map { [$0] } ?? [])
        return (authorization?.parameters ?? []).map(\.value)
            + requests.flatMap { ($0.parameters ?? []) + $0.headers }.map(\.value)
    }

    /// Changes every list of endpoints.
    mutating func changeEndpoints(_ body: ([String]) -> [String]) {
        if let endpoint = authorization?.endpoint { authorization?.endpoint = body(endpoint) }
        token.endpoint = body(token.endpoint)
        if let endpoint = upgrade?.endpoint { upgrade?.endpoint = body(endpoint) }
        refresh.request.endpoint = body(refresh.request.endpoint)
        deviceAuthorization = body(deviceAuthorization)
        introspection = body(introspection)
        revocation = body(revocation)
    }
}

struct InputSketch: Hashable {
    var name: String
    var title = ""
    var description = ""
    var example: String?
    var format = "text"
    var pattern: String?
    var allowedValues: [String] = []
    var defaultValue: String?
    var isRequired = true
    var isSecret = false
    var isOrganizations = false
}

struct ClientSketch {
    var authentication = "client_secret_post"
    var presentsCertificate = false
    var basicUsername: String?
    /// Of assertions; nil: the format's own default.
    var algorithm: String?
}

struct ScopeSketch {
    var defaults: [String] = []
    var always: [String] = []
    var separator = " "
    var encoding = "percent"
    /// Empty: the format's own default.
    var send: [String] = []
    /// Scope to a line of explanation.
    var available: [Pair] = []
}

struct AuthorizationSketch {
    var endpoint: [String] = []
    var usesProofKey = true
    var parameters: [Pair] = []
    var rename: [Pair] = []
    var omit: [String] = []
    var usesFragment = false
    var codeParameter: String?
    var capture: [Pair] = []
}

struct RequestSketch {
    var endpoint: [String] = []
    var method: String?
    var body: String?
    var headers: [Pair] = []
    /// Nil: none, or under `refresh` those inherited.
    var parameters: [Pair]?
    var grantType: String?
    var rename: [Pair] = []
    var omit: [String] = []
}

struct RefreshSketch {
    /// What differs from `token`.
    var request = RequestSketch()
    var uses: String?
    var rotation: String?
    var overlap: String?
    var hardDeadline: String?
    var margin: String?
    var notBefore: String?
}

struct ResponseSketch {
    /// Field to pointers.
    var map: [(field: String, pointers: [String])] = []
    var unit: String?
    var fallback: String?
    var capture: [Pair] = []
}
