import ConnectorSDK

extension Format1 {
    private struct StepDraft: Sendable {
        var get: Template?
        var post: Template?
        var put: Template?
        var json: JSONValue?
        var headers: [String: Template] = [:]
        var list: JSONPointer?
        var `where`: [JSONPointer: Template] = [:]
        var capture: [String: JSONPointer] = [:]
        var optional = false
        var claimsOf: ResponseRules.Field?

        var requests: [(RequestRules.Method, Template)] {
            [(.get, get), (.post, post), (.put, put)].compactMap { method, url in url.map { (method, $0) } }
        }
    }

    private static let stepKeys = KeyTable<StepDraft>([
        Key("get", .template, optional: \.get, "URL."),
        Key("post", .template, optional: \.post, "URL."),
        Key("put", .template, optional: \.put, "URL."),
        Key("json", .json, optional: \.json, "The JSON body; its texts may hold placeholders."),
        Key("headers", .map(keys: .header, .template), \.headers, "More headers."),
        Key("list", .pointer, optional: \.list, "Points at an array to choose from."),
        Key("where", .map(keys: .pointer, .template), \.where, "Picks from the list."),
        Key("capture", .map(keys: .name, .pointer), \.capture, "Captured name to pointer."),
        Key("optional", .flag, \.optional, "A failure leaves the connection as it is (false)."),
        Key(
            "claims_of", .choice(["access_token": .accessToken, "id_token": .idToken]), optional: \.claimsOf,
            "Read a token's claims instead of asking."),
    ])

    static let afterConnectStep = ValueReader<AfterConnectStep>(shape: stepKeys.shape) { node, path, decoding in
        var draft = StepDraft()
        guard stepKeys.read(node, into: &draft, path, decoding), !decoding.isBroken(path) else { return nil }
        if let problem = problem(with: draft) {
            decoding.refuse(
                path, "after-connect", problem, hint: "a step is one of get, post, put, or claims_of with capture",
                at: node.position)
            return nil
        }
        if let field = draft.claimsOf { return .claims(of: field, capture: draft.capture) }
        guard let (method, url) = draft.requests.first else { return nil }
        var request = AfterConnectRequest(method: method, endpoint: url)
        request.json = draft.json
        request.headers = draft.headers
        request.list = draft.list
        request.where = draft.where
        request.capture = draft.capture
        request.optional = draft.optional
        return .request(request)
    }

    private static func problem(with draft: StepDraft) -> String? {
        if draft.requests.count + (draft.claimsOf == nil ? 0 : 1) != 1 {
            return "this step asks for nothing, or for several things"
        }
        if draft.claimsOf != nil {
            let isPlain =
                draft.json == nil && draft.headers.isEmpty && draft.list == nil && draft.where.isEmpty
                && !draft.optional
            return isPlain && !draft.capture.isEmpty ? nil : "`claims_of` goes with `capture` and nothing else"
        }
        if draft.get != nil, draft.json != nil { return "a `get` has no body" }
        if draft.list == nil, !draft.where.isEmpty { return "`where` picks from a `list`, and there is none" }
        return nil
    }
}
