/// A provider with a dialect of its own, for the simulated provider to play under `/roles/<id>/…`: what it expects of
/// every request, and how it answers. A request that deviates in any way is refused and noted, so that a wrong one
/// cannot pass.
///
/// It is a plain value and knows nothing of definitions: whoever wants one played describes it in these words.
public struct Role: Sendable {
    /// The first segment of the role's paths behind `/roles/`.
    public var id: String
    /// Who calls, and what happens to its refresh tokens. How it must show who it is, the scripts say.
    public var client: SimulatedClient
    /// Nil: there is no consent page.
    public var consent: ConsentScript?
    /// Every other request. Of several for one path the one that fits counts.
    public var requests: [RequestScript]
    public var answers: AnswerScript
    /// A refresh is refused earlier than so many seconds before the access token's end; nil: never.
    public var notBefore: Int?
    /// The client's public key for its assertions (SubjectPublicKeyInfo, PEM; RSA); nil: none is taken.
    public var publicKey: String?

    /// A role without requests.
    public init(
        id: String, client: SimulatedClient, consent: ConsentScript? = nil, requests: [RequestScript] = [],
        answers: AnswerScript = AnswerScript(), notBefore: Int? = nil
    ) {
        self.id = id
        self.client = client
        self.consent = consent
        self.requests = requests
        self.answers = answers
        self.notBefore = notBefore
    }
}

/// What a role saw.
public struct RoleReport: Sendable, Equatable {
    /// Requests that were as they should be, by what they did.
    public var acts: [RequestScript.Act.Name: Int] = [:]
    /// What was wrong with the others; names, never values.
    public var deviations: [String] = []

    init() {}

    mutating func note(_ act: RequestScript.Act) { acts[act.name, default: 0] += 1 }

    /// How often a request was made as it should be.
    func count(_ act: RequestScript.Act) -> Int { acts[act.name] ?? 0 }
}
