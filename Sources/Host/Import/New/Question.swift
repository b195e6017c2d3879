import ConnectorSDK

/// One thing that `connector new` must know: how it is asked for, and when.
struct Question: Sendable {
    /// The option that answers it.
    let option: String
    /// What is asked on a terminal.
    let text: String
    let answer: any WritableKeyPath<ConnectorAnswers, String?> & Sendable
    /// The definition's key that holds the answer.
    let key: String
    /// The words that may be said; empty for any text.
    var choices: [String] = []
    /// Whether an answer may be several of them, with blanks between.
    var takesSeveral = false
    /// Whether an answer is addresses of pages, each on a line of its own.
    var takesPages = false
    /// What holds if nothing is said.
    var fallback: String?
    /// Whether it is asked at all, given the answers before it.
    var isAsked: @Sendable (ConnectorAnswers) -> Bool = { _ in true }
    /// Whether no definition can be written without an answer.
    var isNeeded = false

    /// In the order in which they are asked.
    static let all: [Question] = identity + endpoints + client + refresh

    private static let identity = [
        Question(option: "--title", text: "The provider's name, for people", answer: \.title, key: "title"),
        Question(
            option: "--documentation", text: "The address of the provider's page about OAuth", answer: \.documentation,
            key: "documentation", takesPages: true),
        Question(
            option: "--grant", text: "Grants, with blanks between them", answer: \.grants, key: "grants",
            choices: GrantType.allCases.map(\.rawValue), takesSeveral: true, fallback: "authorization_code"),
    ]

    private static let endpoints = [
        Question(
            option: "--authorization-endpoint", text: "Where the browser goes; {name} for what the customer fills in",
            answer: \.authorizationEndpoint, key: "authorization.endpoint", isAsked: \.hasConsent, isNeeded: true),
        Question(
            option: "--token-endpoint", text: "Where codes are redeemed and tokens are refreshed",
            answer: \.tokenEndpoint, key: "token.endpoint", isNeeded: true),
        Question(
            option: "--device-authorization-endpoint", text: "Where devices ask for a code (RFC 8628)",
            answer: \.deviceAuthorizationEndpoint, key: "device_authorization.endpoint",
            isAsked: { $0.grantWords.contains("device_code") }, isNeeded: true),
        Question(
            option: "--revocation-endpoint", text: "Where tokens are revoked (RFC 7009)", answer: \.revocationEndpoint,
            key: "revocation.endpoint"),
        Question(
            option: "--introspection-endpoint", text: "Where tokens are looked up (RFC 7662)",
            answer: \.introspectionEndpoint, key: "introspection.endpoint"),
    ]

    private static let client = [
        Question(
            option: "--client-authentication", text: "How the client shows who it is", answer: \.authentication,
            key: "client.authentication", choices: ClientRules.Authentication.allCases.map(\.rawValue),
            fallback: ClientRules().authentication.rawValue),
        Question(
            option: "--pkce", text: "Does the provider take a challenge (RFC 7636)", answer: \.pkce,
            key: "authorization.pkce", choices: ["S256", "off"], fallback: "S256", isAsked: \.hasConsent),
        Question(
            option: "--pkce-reason", text: "Why PKCE is off, and the page that says so", answer: \.pkceReason,
            key: "authorization.pkce", isAsked: { $0.hasConsent && $0.pkce == "off" }, isNeeded: true),
        Question(
            option: "--scope", text: "Scopes to ask for where nobody names any", answer: \.scopes, key: "scopes.default"
        ),
        Question(
            option: "--always-scope", text: "Scopes of every request, such as one that brings refresh tokens",
            answer: \.alwaysScopes, key: "scopes.always"),
    ]

    private static let refresh = [
        Question(
            option: "--rotation", text: "What happens to a refresh token that was used; empty if no page says it",
            answer: \.rotation, key: "refresh.rotation",
            choices: ["static", "overlap", "single_use", "single_use_family"], isAsked: \.hasRefreshToken),
        Question(
            option: "--overlap", text: "How long a used refresh token stays good, such as 60s, or until_used",
            answer: \.overlap, key: "refresh.overlap", isAsked: { $0.rotation == "overlap" }, isNeeded: true),
        Question(
            option: "--hard-deadline", text: "How long a refresh may take; empty for the host's own 45s",
            answer: \.hardDeadline, key: "refresh.hard_deadline", isAsked: { $0.rotation == "overlap" }),
    ]
}
