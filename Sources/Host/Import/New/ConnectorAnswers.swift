import ConnectorSDK

/// What `connector new` must know, as texts: given as options, read from metadata, or typed. Nil: not said.
package struct ConnectorAnswers: Sendable, Hashable {
    package var title: String?
    /// Addresses, each on a line of its own: a blank does not end one.
    package var documentation: String?
    /// Words of format 1 with blanks between them.
    package var grants: String?
    package var authorizationEndpoint: String?
    package var tokenEndpoint: String?
    package var deviceAuthorizationEndpoint: String?
    package var revocationEndpoint: String?
    package var introspectionEndpoint: String?
    package var authentication: String?
    package var pkce: String?
    /// Why PKCE is off: the reason of a waiver.
    package var pkceReason: String?
    /// Scopes with blanks between them.
    package var scopes: String?
    package var alwaysScopes: String?
    package var rotation: String?
    package var overlap: String?
    package var hardDeadline: String?

    package init() {}

    /// The grants; authorization_code where none is said.
    var grantWords: [String] { Self.words(grants, else: ["authorization_code"]) }
    var hasConsent: Bool { grantWords.contains("authorization_code") }
    /// Whether there may be a refresh token: a grant that needs nobody is redeemed again instead.
    var hasRefreshToken: Bool { !grantWords.allSatisfy { GrantType(rawValue: $0)?.isRedeemedAgain == true } }

    /// The lines of an answer.
    static func lines(_ answer: String?) -> [String] {
        (answer ?? "").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The words of an answer.
    static func words(_ answer: String?, else fallback: [String] = []) -> [String] {
        let words = (answer ?? "").split(whereSeparator: { $0.isWhitespace || $0 == "," }).map(String.init)
        return words.isEmpty ? fallback : words
    }

    /// These answers, and another's where nothing is said here.
    func completed(by other: ConnectorAnswers) -> ConnectorAnswers {
        var all = self
        for question in Question.all where all[keyPath: question.answer] == nil {
            all[keyPath: question.answer] = other[keyPath: question.answer]
        }
        return all
    }
}
