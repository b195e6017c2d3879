import ConnectorSDK
import ProviderSimulator

extension AnswerScript {
    /// How a definition expects answers to be written.
    init(playing definition: Definition, _ values: MadeUpValues) {
        let rules = definition.response
        var places: [String: [String]] = [:]
        for field in Self.fields(of: definition) {
            places[field.rawValue] = rules.map[field]?.first?.tokens ?? [field.rawValue]
        }
        let expected = rules.success.where.map { Member($0.key.tokens, json: JSONWriter.text($0.value)) }
        let claims = definition.afterConnect.flatMap { step -> [Member] in
            guard case .claims(of: .accessToken, let capture) = step else { return [] }
            return values.members(capture)
        }
        self.init(
            places: places, extras: expected + values.members(rules.capture),
            isInMilliseconds: rules.expiry.unit == .milliseconds, claims: claims)
    }

    /// What the provider's answers hold. One whose answers may lack a lifetime lacks it here.
    private static func fields(of definition: Definition) -> [ResponseRules.Field] {
        let rules = definition.response
        var fields: [ResponseRules.Field] = [.accessToken, .tokenType]
        if definition.givesRefreshTokens { fields.append(.refreshToken) }
        if rules.map[.refreshExpiresIn] != nil { fields.append(.refreshExpiresIn) }
        if definition.scopes.text != nil { fields.append(.scope) }
        let asks = definition.introspection?.when == .noExpiry
        if !rules.expiry.never, rules.expiry.fallback == nil, !asks {
            fields.append(rules.map[.expiresAt] != nil && rules.map[.expiresIn] == nil ? .expiresAt : .expiresIn)
        }
        return fields
    }
}

extension Definition {
    /// Whether the provider hands out refresh tokens: not where an access token or the grant is presented again, and not
    /// where access tokens never end.
    var givesRefreshTokens: Bool { refresh.uses == .refreshToken && !response.expiry.never }
}

extension MadeUpValues {
    /// Captured values at their pointers.
    func members(_ capture: [String: JSONPointer], below path: [String] = []) -> [AnswerScript.Member] {
        capture.sorted { $0.key < $1.key }.map { name, pointer in
            AnswerScript.Member(path + pointer.tokens, json: JSONWriter.string(self.capture(name)))
        }
    }
}
