import ConnectorSDK

/// Says what an answer that brings no tokens means: the definition's rules first, then the classes of PROVIDERS.md
/// ("What follows" 5). Decided on codes and status, never on a description alone. What is not known is `unclear`:
/// that keeps the connection, the refresh token and the raw answer.
struct FailureReader {
    private let rules: [Rule]

    private struct Rule {
        let rule: ErrorRule
        let pattern: Pattern?
    }

    init(rules: [ErrorRule]) throws(ConnectorError) {
        var compiled: [Rule] = []
        for (index, rule) in rules.enumerated() {
            guard case .matches(let text)? = rule.match else {
                compiled.append(Rule(rule: rule, pattern: nil))
                continue
            }
            do {
                compiled.append(Rule(rule: rule, pattern: try Pattern(text)))
            } catch {
                throw ConnectorError(.invalidOptions, at: "response.errors.\(index).matches", remedy: error.description)
            }
        }
        self.rules = compiled
    }

    /// - Parameters:
    ///   - holdsToken: a token lies beside the error. In a 2xx the code decides all the same (row 25's bracket); a token
    ///     under any other status contradicts that, and only a rule may judge it.
    ///   - complaint: why the tokens that are there cannot be taken.
    func failure(in answer: Answer, holdsToken: Bool = false, complaint: String? = nil) -> ProviderFailure {
        let codes = ErrorCodes.found(in: answer)
        let code = codes.first { ErrorCodes.disposition(of: $0, after: nil) != nil } ?? codes.first
        let name = code.map(ErrorCodes.clean).flatMap { $0.isEmpty ? nil : $0 } ?? fallbackName(answer, complaint)
        let after = answer.response.retryAfter
        let disposition =
            ruled(answer, after) ?? (holdsToken && !answer.isSuccessStatus ? .unclear : judged(answer, code, after))
        return ProviderFailure(
            disposition, code: name, retryAfter: disposition == .unclear ? after : nil, holdsToken: holdsToken)
    }

    private func judged(_ answer: Answer, _ code: String?, _ after: Duration?) -> ProviderFailure.Disposition {
        let status = answer.response.status
        if status == 429 { return .rateLimited(after: after) }
        let known = code.flatMap { ErrorCodes.disposition(of: $0, after: after) }
        if status >= 500 {
            // Behind a 5xx the token may have rotated (row 25); only a code that says "nothing was done" outweighs it.
            switch known {
            case .retryLater?, .rateLimited?: return known ?? .unclear
            default: return .unclear
            }
        }
        // Neither token nor error (row 25): a word such as `status` alone refuses nothing.
        if answer.isSuccessStatus, answer.object?.error == nil { return .unclear }
        if ErrorCodes.saysBusy(answer) { return .busy }
        if let entra = ErrorCodes.entraDisposition(answer, after: after) { return entra }
        if let known { return known }
        if (400...499).contains(status), after != nil { return .retryLater(after: after) }
        return asksForBasic(answer) ? .misconfigured : .unclear
    }

    // RFC 6749 §5.2: 401 with the scheme that the client tried means that the client was not authenticated.
    private func asksForBasic(_ answer: Answer) -> Bool {
        answer.response.status == 401
            && answer.response.headers.contains {
                $0.name == "www-authenticate" && Challenges.schemes(in: $0.value).contains("basic")
            }
    }

    private func fallbackName(_ answer: Answer, _ complaint: String?) -> String {
        guard answer.isSuccessStatus else { return "http_\(answer.response.status)" }
        switch answer.content {
        case .empty: return "empty_answer"
        case .cut: return "cut_answer"
        case .unreadable: return "unreadable_answer"
        case .value: return answer.object?.error == nil ? complaint ?? "no_access_token" : "not_ok"
        }
    }

    private func ruled(_ answer: Answer, _ after: Duration?) -> ProviderFailure.Disposition? {
        guard let rule = rules.first(where: { matches($0, answer) }) else { return nil }
        switch rule.rule.means {
        case .reauthorize: return .refused
        case .retry: return .retryLater(after: after)
        case .rateLimited: return .rateLimited(after: after)
        case .misconfigured: return .misconfigured
        case .ambiguous: return .unclear
        }
    }

    private func matches(_ compiled: Rule, _ answer: Answer) -> Bool {
        let rule = compiled.rule
        if let status = rule.status, status != answer.response.status { return false }
        guard let pointer = rule.pointer else { return rule.match == nil }
        guard case .value(let body) = answer.content, let value = body[pointer], value != .null else { return false }
        switch rule.match {
        case nil: return true
        case .equals(let expected)?: return value.isSame(as: expected)
        case .matches?:
            let text = value.scalarText ?? ""
            return text.utf8.count <= Self.longestCode && compiled.pattern?.matches(in: text) == true
        }
    }

    /// Bytes. A code is short and the answer a stranger's; a cut text would match what the whole one does not.
    private static let longestCode = 4_096
}
