import ConnectorSDK

/// The keys of format 1 (DESIGN.md §3), one table per map.
package enum Format1 {
    /// Every key with what it holds: the source of the format reference and of the JSON schema.
    package static var description: ValueShape { root.shape }

    static let root = KeyTable<DefinitionDraft>(
        header + [
            Key("grants", .list(.choice()), \.definition.grants, "What may be redeemed ([authorization_code])."),
            Key(
                "issuer", .template, optional: \.definition.issuer,
                "RFC 9207 and ID token issuer; may hold one claim placeholder."),
            Key("jwks", .text, optional: \.definition.jwks, "Keys of ID tokens (from the issuer's discovery)."),
            Key("inputs", inputMap, \.definition.inputs, "What the connection's or the organization's owner supplies."),
            Key("client", client.reader { ClientRules() }, \.definition.client, "How the client shows who it is."),
            Key(
                "assertion", assertion.reader { AssertionRules() }, optional: \.definition.assertion,
                "For the jwt_bearer grant."),
            Key("scopes", scopes.reader { ScopesDraft() }, \.scopes, "Which scopes are asked for."),
            Key(
                "authorization", authorization.reader { AuthorizationRules(endpoint: []) },
                optional: \.definition.authorization, "The consent page."),
            Key(
                "device_authorization", deviceAuthorization.reader { [] }, \.definition.deviceAuthorization, "RFC 8628."
            ),
            Key(
                "token", token.reader { RequestRules(endpoint: []) }, optional: \.token, required: true,
                "The token request; its endpoint is where grants are redeemed."),
            Key(
                "upgrade", token.reader { RequestRules(endpoint: []) }, optional: \.definition.upgrade,
                "One more request right after the exchange."),
            // After `token`, whose keys it inherits.
            Key(
                "refresh", shape: refresh.shape, "The refresh request; inherits the request keys of `token`.",
                read: readRefresh),
            Key("response", response.reader { ResponseRules() }, \.definition.response, "How answers are read."),
            Key(
                "introspection", introspection.reader { IntrospectionRules(endpoint: [], when: .noExpiry) },
                optional: \.definition.introspection, "RFC 7662."),
            Key(
                "revocation", revocation.reader { RevocationRules(request: RequestRules(endpoint: [])) },
                optional: \.definition.revocation, "RFC 7009."),
            Key(
                "after_connect", .list(afterConnectStep), \.definition.afterConnect,
                "Requests after the first exchange."),
            Key("hosts", .list(.hostRule), optional: \.hosts, "Where requests may go (derived)."),
            Key("examples", .list(example.reader { ExampleDraft() }), \.examples, "Documented answers."),
        ])

    /// Who the definition is: what a child does not inherit, and what names it.
    private static let header: [Key<DefinitionDraft>] = [
        Key("format", .choice(["1": 1]), \.format, required: true, "The format's version: 1."),
        Key("id", .identifier, \.definition.id, required: true, "[a-z0-9-]{1,64}, the file's name without .yaml."),
        Key("title", .filledText, \.definition.title, required: true, "The provider's name, for people."),
        Key("documentation", .oneOrList(.text), \.definition.documentation, "The provider's pages."),
        Key("categories", .list(.text), \.definition.categories, "For lists and search."),
        Key("extends", .identifier, optional: \.extends, "The definition whose keys this one starts from."),
        Key("connector", .identifier, \.definition.connector, "The compiled connector (oauth2)."),
        Key("options", .map(.json), \.definition.options, "Checked by the connector; refused by oauth2."),
    ]

    private static let deviceAuthorization = KeyTable<[Template]>([
        Key(
            "endpoint", .oneOrList(.template), \.self, required: true,
            "URL, or list: the first whose placeholders are all set.")
    ])
}

/// A definition while its keys are read: what needs another key before it can be put in place.
struct DefinitionDraft: Sendable {
    var definition = Definition(
        id: "", title: "", token: RequestRules(endpoint: []), refresh: RefreshRules(request: RequestRules(endpoint: []))
    )
    var format = 1
    var extends: String?
    var scopes = ScopesDraft()
    var token: RequestRules?
    var refresh: RefreshDraft?
    var hosts: [HostRule]?
    var examples: [ExampleDraft] = []
}

extension ValueReader<String> {
    /// Ids of definitions and connectors.
    static var identifier: Self {
        ValueReader<String>.text.map("identifier", "an id", hint: "1 to 64 lower-case letters, digits and hyphens") {
            text in
            let allowed = text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || byte == UInt8(ascii: "-")
            }
            return allowed && (1...64).contains(text.utf8.count) ? text : nil
        }
    }
}
