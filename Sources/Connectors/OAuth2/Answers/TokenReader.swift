import ConnectorSDK

/// Finds a token set in an answer (RFC 6749 §5.1), by the definition's map.
struct TokenReader {
    let rules: ResponseRules

    /// Longer tokens than any provider's; a header could not carry more.
    private static let longestToken = 64 * 1024
    private static let mostScopes = 1_000

    /// Where the secrets of an answer may stand.
    var tokenPointers: [JSONPointer] { [.accessToken, .refreshToken, .idToken].flatMap(pointers) }

    /// The tokens of a good answer. Nil: it is no good answer, and `FailureReader` says what it is.
    func tokens(in answer: Answer) -> TokenSet? {
        guard isGood(answer), let object = answer.object, let access = secret(.accessToken, in: object) else {
            return nil
        }
        let refresh = secret(.refreshToken, in: object)
        // A refresh token that cannot be presented is no token to store: the raw answer is kept instead.
        guard refresh != nil || value(.refreshToken, in: object) == nil else { return nil }
        let lifetime = LifetimeReader(unit: rules.expiry.unit, receivedAt: answer.response.receivedAt)
        let end = lifetime.end(in: value(.expiresIn, in: object), at: value(.expiresAt, in: object))
        let token = Token(
            accessToken: access, refreshToken: refresh, type: type(in: object),
            expiry: end.map(Expiry.at) ?? (rules.expiry.never ? .never : .missing),
            refreshExpiresAt: lifetime.end(
                in: value(.refreshExpiresIn, in: object), at: value(.refreshExpiresAt, in: object)),
            scopes: value(.scope, in: object).flatMap(scopes))
        let identity = secret(.idToken, in: object)
        let secrets = [access, refresh, identity].compactMap(\.self)
        return TokenSet(tokens: [token], captured: captured(in: object, without: secrets), idToken: identity)
    }

    /// Whether an answer holds an access token, be it good or not.
    func holdsToken(_ answer: Answer) -> Bool { answer.object.map { holdsText(.accessToken, in: $0) } ?? false }

    /// What keeps the tokens of an answer without an error from being taken; nil: it holds none.
    func complaint(about answer: Answer) -> String? {
        guard let object = answer.object, value(.accessToken, in: object) != nil else { return nil }
        if secret(.accessToken, in: object) == nil { return "unusable_access_token" }
        if value(.refreshToken, in: object) != nil, secret(.refreshToken, in: object) == nil {
            return "unusable_refresh_token"
        }
        return isGood(answer) ? nil : "not_successful"
    }

    private func isGood(_ answer: Answer) -> Bool {
        guard rules.success.status.map({ $0.contains(answer.response.status) }) ?? answer.isSuccessStatus else {
            return false
        }
        guard let object = answer.object, object.error == nil else { return false }
        return rules.success.where.allSatisfy { object[$0]?.isSame(as: $1) ?? false }
    }

    private func pointers(_ field: ResponseRules.Field) -> [JSONPointer] {
        rules.map[field] ?? [JSONPointer(tokens: [field.rawValue])]
    }

    private func value(_ field: ResponseRules.Field, in object: JSONValue) -> JSONValue? {
        for pointer in pointers(field) {
            guard let value = object[pointer], value != .null, value != .string("") else { continue }
            // A token of spaces is none: it must not take the place of one that is.
            if [.accessToken, .refreshToken].contains(field), value.isBlank { continue }
            return value
        }
        return nil
    }

    private func holdsText(_ field: ResponseRules.Field, in object: JSONValue) -> Bool {
        if case .string? = value(field, in: object) { true } else { false }
    }

    // RFC 6749 appendix A.12 and A.17: visible ASCII and spaces, so that no token can end a header (SECURITY 45).
    private func secret(_ field: ResponseRules.Field, in object: JSONValue) -> Secret? {
        guard case .string(let text)? = value(field, in: object), text.utf8.count <= Self.longestToken else {
            return nil
        }
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        return Secret(text)
    }

    private func type(in object: JSONValue) -> String {
        guard case .string(let text)? = value(.tokenType, in: object), text.utf8.count <= 100 else { return "Bearer" }
        return text.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? text : "Bearer"
    }

    // Providers separate scopes by spaces (RFC 6749 §3.3), by commas, or write a list. An empty text grants none.
    private func scopes(_ value: JSONValue) -> [String]? {
        let texts: [String]
        switch value {
        case .string(let text): texts = text.split { $0 == "," || $0.isWhitespace }.map(String.init)
        case .array(let elements): texts = elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
        default: return nil
        }
        return Array(
            texts.filter { !$0.isEmpty && $0.utf8.count <= 1_000 && WireEncoding.isSane($0) }.prefix(Self.mostScopes))
    }

    // SECURITY 61: what equals or holds a token is dropped.
    private func captured(in object: JSONValue, without secrets: [Secret]) -> [String: String] {
        object.captured(by: rules.capture).filter { _, text in !secrets.contains { $0.isGivenAway(by: text) } }
    }
}

extension JSONValue {
    /// A text of spaces alone.
    fileprivate var isBlank: Bool { if case .string(let text) = self { text.allSatisfy { $0 == " " } } else { false } }

    /// What an answer says went wrong: a non-empty `error`, or `ok: false`.
    var error: JSONValue? {
        guard case .object(let members) = self else { return nil }
        if let error = members["error"], !error.isVacant { return error }
        return members["ok"] == .bool(false) ? .bool(false) : nil
    }
}
