/// What `ConfigUpdate` and `CredentialsUpdate` read. Left out: unchanged; null: removed. The word `set` is what reading
/// shows for a secret: writing it back is refused.
extension SharedSchema {
    static let configRequest = SharedSchema(
        name: "ConfigRequest",
        schema: .closed([
            .optional("client_id", .line(FieldReader.longestText)),
            .maybe("client_secret", newSecret), .maybe("client_private_key", newSecret, "PEM or JWK."),
            .maybe("client_certificate", newSecret, "A PEM chain."),
            .optional(
                "redirect_uris", .list(of: .line(FieldReader.longestText), most: 200),
                "Absolute https URLs without fragment (http on loopback); the first one is used."),
            .optional("scopes", scopes, "Instead of the definition's."),
            .optional(
                "inputs", .map(of: notSet(0), most: 100),
                "The organization inputs of the definition. Null removes all of them, secret ones too."),
            .optional("settings", .shared(configSettingsRequest), "Null removes all of them."),
        ]))

    static let configSettingsRequest = SharedSchema(
        name: "ConfigSettingsRequest",
        schema: .closed([
            .optional(
                "hosts", .list(of: .line(FieldReader.longestText), most: 200), "`host[:port]` or `.suffix` each."),
            .optional("rotation", rotation, "Instead of the definition's rotation class; `overlap` needs `overlap`."),
            .optional("overlap", .text(pattern: Patterns.overlap), "Only with rotation `overlap`."),
            .optional("idle_lifetime", .text(pattern: Patterns.duration)),
            .optional("absolute_lifetime", .text(pattern: Patterns.duration)),
            .optional("exchange_without_state", .flag, "Lets exchange take a code that no authorization here began."),
        ]))

    static let credentialsRequest = SharedSchema(
        name: "CredentialsRequest",
        schema: .map(of: notSet(1)).described("The secret organization inputs of the definition, by name."))

    /// A text or null, but not the word that stands for a secret.
    private static func notSet(_ shortest: Int) -> Schema {
        Schema.text(shortest...FieldReader.longestSecret).orNull.adding("not", ["const": "set"])
    }

    private static let newSecret = notSet(1)
}
