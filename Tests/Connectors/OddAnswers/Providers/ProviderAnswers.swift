import ConnectorSDK

extension OddAnswer {
    /// Every provider of PROVIDERS.md with its own odd answer; the name in front is that of `ProviderNames`.
    static let providers =
        googleToSlack + gitHubToDropbox + notionToTikTok + docuSignToDatabricks + linkedInToConstantContact + servers
        + quirks + moreQuirks
}

extension ErrorRule {
    /// One whose pointer leads to a text or number.
    static func at(_ tokens: String..., is value: JSONValue, means: Meaning, status: Int? = nil) -> ErrorRule {
        ErrorRule(status: status, pointer: JSONPointer(tokens: tokens), match: .equals(value), means: means)
    }
}

extension ResponseRules {
    mutating func map(_ field: Field, to tokens: String...) { map[field] = [JSONPointer(tokens: tokens)] }
    mutating func capture(_ name: String, from tokens: String...) { capture[name] = JSONPointer(tokens: tokens) }
}
