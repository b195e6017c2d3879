import ConnectorSDK
import Connectors
import Foundation
import Testing

/// One odd or broken answer to a token request, and what must come of it.
struct OddAnswer: Sendable, CustomTestStringConvertible {
    /// What a connector must read.
    enum Outcome: Sendable {
        case tokens([Token], captured: [String: String])
        /// Code nil: which one is not laid down.
        case failure(ProviderFailure.Disposition, code: String?)
    }

    let name: String
    let response: ProviderResponse
    let definition: Definition
    let outcome: Outcome

    var testDescription: String { name }

    /// What makes two answers two: what was read, and by which rules.
    var identity: [AnyHashable] { [response, definition] }

    /// What was read instead; nil when it is as it must be.
    func problem(reading operation: ConnectorSDK.Operation) throws -> String? {
        guard let type = try Catalog.byID()[definition.connector] else { return "no connector \(definition.connector)" }
        let reading = try type.init(definition: definition).read(response, to: operation, in: .sample())
        switch (outcome, reading) {
        case (.tokens(let tokens, let captured), .tokens(let set)):
            guard tokens != set.tokens else { return captured == set.captured ? nil : "captured \(set.captured)" }
            return zip(tokens, set.tokens).map { "\($0) became \($1)" }.joined(separator: ", ")
        case (.failure(let disposition, let code), .failure(let failure)):
            let isSame = failure.disposition == disposition && code ?? failure.code == failure.code
            return isSame && Self.isCode(failure.code) ? nil : "\(failure)"
        default: return "\(reading)"
        }
    }

    // A code goes into logs and answers: 1 to 100 visible ASCII characters, whatever the provider wrote.
    private static func isCode(_ code: String) -> Bool {
        (1...100).contains(code.utf8.count) && code.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

extension OddAnswer {
    typealias Change = (inout Definition) -> Void

    /// One whose tokens are good.
    static func good(
        _ name: String, _ body: String, _ tokens: Token..., status: Int = 200, type: String? = "application/json",
        headers: KeyValuePairs<String, String> = [:], captured: [String: String] = [:], _ change: Change = { _ in }
    ) -> OddAnswer {
        OddAnswer(
            name: name, response: .odd(status, Data(body.utf8), type, headers), definition: .sample(change),
            outcome: .tokens(tokens.isEmpty ? [.with()] : tokens, captured: captured))
    }

    /// One that is a failure.
    static func bad(
        _ name: String, _ status: Int, _ body: String, _ disposition: ProviderFailure.Disposition,
        _ code: String?, type: String? = "application/json", headers: KeyValuePairs<String, String> = [:],
        _ change: Change = { _ in }
    ) -> OddAnswer {
        OddAnswer(
            name: name, response: .odd(status, Data(body.utf8), type, headers), definition: .sample(change),
            outcome: .failure(disposition, code: code))
    }

    /// One with status 200 that is no good answer and no refusal: row 25.
    static func unread(
        _ name: String, _ body: String, _ code: String?, type: String? = "application/json",
        _ change: Change = { _ in }
    ) -> OddAnswer { .bad(name, 200, body, .unclear, code, type: type, change) }

    /// One whose body is no text.
    static func bytes(
        _ name: String, _ body: [UInt8], type: String? = "application/json", _ outcome: Outcome
    ) -> OddAnswer {
        OddAnswer(name: name, response: .odd(200, Data(body), type, [:]), definition: .sample(), outcome: outcome)
    }
}

extension Token {
    /// A token that lives for so many milliseconds from `now` on.
    static func with(
        _ access: String = "at", refresh: String? = nil, type: String = "Bearer", lives: Int64? = nil,
        refreshLives: Int64? = nil, scopes: [String]? = nil, name: String = "default"
    ) -> Token {
        Token(
            name: name, accessToken: Secret(access), refreshToken: refresh.map { Secret($0) }, type: type,
            expiry: lives.map { .at(now + $0) } ?? .missing, refreshExpiresAt: refreshLives.map { now + $0 },
            scopes: scopes)
    }
}

extension ProviderResponse {
    static func odd(
        _ status: Int, _ body: Data, _ type: String?, _ headers: KeyValuePairs<String, String>
    ) -> ProviderResponse {
        var lines = headers.map { Header(name: $0.key, value: $0.value) }
        if let type { lines.append(Header(name: "content-type", value: type)) }
        return ProviderResponse(status: status, headers: lines, body: body, receivedAt: now)
    }
}
