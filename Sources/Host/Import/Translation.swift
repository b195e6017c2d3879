import Definitions

/// Turns one entry into a definition: meaning, not mechanics. Each step looks at one part of the entry; the order is
/// that in which the parts need each other.
enum Translation {
    static func sketch(_ entry: Entry) throws(Obstacle) -> Sketch {
        let title = CommentText.line(entry.text("display_name") ?? "")
        var sketch = Sketch(id: Names.id(entry.name), title: title.isEmpty ? Names.title(entry.name) : title)
        sketch.preface = [
            "Imported from an entry in the layout of Nango's providers.yaml, and not compared with the provider's own pages:",
            "read those before you rely on it. How refresh tokens rotate is not in that layout, so the most careful class",
            "(single_use_family) holds where nothing else is said.",
        ]
        try Modes.read(entry, &sketch)
        try Limits.refuse(entry)
        let pages = once(entry.list("docs")).filter { $0.hasPrefix("https://") }
        sketch.documentation = pages.filter { !$0.hasPrefix("https://nango.dev/") && !$0.contains(".nango.dev/") }
        sketch.pages = pages.filter { !sketch.documentation.contains($0) }
        sketch.categories = once(entry.list("categories"))
        try InputTranslation.read(entry, &sketch)
        try AuthorizationTranslation.read(entry, &sketch)
        try TokenTranslation.read(entry, &sketch)
        ScopeTranslation.read(entry, &sketch)
        try ResponseTranslation.read(entry, &sketch)
        try Peculiarities.apply(entry, &sketch)
        Scripts.read(entry, &sketch)
        CaptureTranslation.settle(entry, &sketch)
        try Undeclared.settle(&sketch)
        Fallbacks.settle(&sketch)
        HostTranslation.settle(&sketch)
        Leftovers.settle(&sketch)
        Examples.settle(&sketch)
        Remarks.add(entry, &sketch)
        return sketch
    }

    /// What stands twice in a list of the entry would be a warning of the definition's.
    static func once(_ words: [String]) -> [String] {
        var seen: Set<String> = []
        return words.filter { seen.insert($0).inserted }
    }
}

/// `auth_mode`: which entries are OAuth 2.0, and their grant.
enum Modes {
    static func read(_ entry: Entry, _ sketch: inout Sketch) throws(Obstacle) {
        switch entry.text("auth_mode") {
        case "OAUTH2"?: break
        case "OAUTH2_CC"?: sketch.grants = ["client_credentials"]
        case "APP"?, "CUSTOM"?:
            throw .needsModule("an app's own signed token comes first, then one for the installation")
        case "MCP_OAUTH2"?, "MCP_OAUTH2_GENERIC"?:
            throw .needsModule("the client registers itself at run time (RFC 7591)")
        case let mode?: throw .notOAuth2(mode)
        case nil: throw .broken("no `auth_mode`")
        }
    }
}

/// What format 1 cannot say, by what the entry shows.
enum Limits {
    /// Scripts that make tokens. All others that an entry may name read facts, and are remarks.
    private static let scripts = [
        "onedrivePostConnection": "a second token for another audience, whose tenant stands in a claim",
        "microsoftTeamsBotPostConnection": "a second token, by client credentials",
        "bullhornPostConnection": "the OAuth token is traded for a session",
    ]

    static func refuse(_ entry: Entry) throws(Obstacle) {
        if let path = entry.text("alternate_access_token_response_path") {
            throw .needsModule("a second access token, under `\(path)`, each with a refresh token of its own")
        }
        if let script = entry.text("post_connection_script"), let what = scripts[script] { throw .needsModule(what) }
        if let name = entry.lineage.first(where: { Peculiarities.modules[$0] != nil }),
            let what = Peculiarities.modules[name]
        {
            throw .needsModule(what)
        }
        if entry.text("body_format") == "xml" { throw .needsModule("the token request is XML") }
        for key in ["authorization_params", "token_params", "refresh_params", "token_headers"] {
            for item in entry.map(key) where item.value.scalar == nil {
                throw .needsModule("`\(item.key)` of `\(key)` is no text but a structure")
            }
        }
        if entry["additional_steps"] != nil { throw .needsModule("several token requests after each other") }
    }
}
