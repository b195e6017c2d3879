/// One line of the presentation log: a code or a refresh token was presented, and this is what the provider made of it.
///
/// Times are milliseconds since 1970. The tokens themselves are not in the log.
public struct Presentation: Sendable, Equatable, Codable {
    /// Number of the line, from 1; a reset does not start it over.
    public var sequence: Int
    /// `exchange` or `refresh`.
    public var operation: Operation
    /// The client that presented, as it named itself.
    public var clientID: String?
    /// The client's class at the time of the presentation.
    public var rotation: RotationClass?
    /// The family (one consent and its descendants) that the token belongs to; nil: unknown token.
    public var family: Int?
    /// Which generation of the family's refresh tokens was presented; 1 came from the exchange.
    public var generation: Int?
    /// The generation that the answer carried.
    public var issuedGeneration: Int?
    /// The provider's judgement.
    public var verdict: Verdict
    /// For a token used before: the presentation that used it first.
    public var spentBy: Int?
    /// Whether another call of the same family was running at the provider at the same time.
    public var overlapping: Bool
    /// When the family's newest access token, as it was at arrival, runs out.
    public var accessTokenExpiresAt: Int?
    /// When the call arrived.
    public var arrivedAt: Int
    /// When the provider did its work; nil: it did not.
    public var processedAt: Int?
    /// When the call was over, before the first byte of its answer; nil: it is still running.
    public var answeredAt: Int?
    /// The HTTP status of the answer, 0 for none; nil: the call is still running.
    public var status: Int?
    /// What became of the answer.
    public var answer: AnswerFate
    /// The fault that struck, if any.
    public var fault: String?
    /// What the header `Sandbox-Call` said: a proxy in between finds the call again in a log of its own.
    public var call: String?

    enum CodingKeys: String, CodingKey {
        case sequence, operation, family, generation, verdict, overlapping, answer, fault, status, call
        case clientID = "client_id"
        case rotation = "class"
        case issuedGeneration = "issued_generation"
        case spentBy = "spent_by"
        case accessTokenExpiresAt = "access_token_expires_at"
        case arrivedAt = "arrived_at"
        case processedAt = "processed_at"
        case answeredAt = "answered_at"
    }
}
