/// Format 1 as a page for people, made of the tables that decode definitions and of the rules of lint.
package enum FormatReference {
    /// `docs/format-1.md`: the same bytes for the same tables.
    package static var text: String {
        guard case .table(let keys) = Format1.description else { return "" }
        let single = keys.filter { rows($0, "").count == 1 }
        var lines = [introduction, "", "## The definition", "", header]
        lines += single.flatMap { rows($0, "") }
        for key in keys where rows(key, "").count > 1 {
            lines += ["", "## \(key.name)", "", key.summary, "", header] + rows(key, "").dropFirst()
        }
        lines += ["", "## Rules of lint", "", rulesIntroduction, "", "| rule | what it looks for |", "|---|---|"]
        lines += RuleBook.rules.sorted { $0.key < $1.key }.map { "| `\($0.key)` | \(escaped($0.value)) |" }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let introduction = """
        # Format 1

        <!-- Printed by `token-manager schema --reference`, and checked stale by a test. Edit the key tables instead. -->

        One YAML file to a connector, `connectors.d/<id>.yaml`. Unknown keys, aliases, anchors, tags and keys that stand
        twice are errors. Only `true` and `false` are booleans; where a text is wanted, any scalar is taken by its text.
        What a summary has in brackets is the default. A text may hold placeholders where the engine sends it: inputs,
        captured values, `{client_id}`, `{random}`, `{callback_host}`; `{token}` in `revocation`. Start with
        [add a connector](add-a-connector.md).

        Durations are `30s`, `5m`, `1h`, `90d`, `1y`; rates `100/1s`; pointers RFC 6901 such as `/data/token`.
        With `extends`, maps merge key by key, lists and scalars replace, and `null` removes.
        """

    private static let rulesIntroduction = """
        Errors keep a file from being used, warnings count with `--strict`, notes never do. Where the provider leaves no
        choice, a comment on the line of a warning, or on a line of its own right above, makes it a note:
        `# lint-allow: RULE reason`. The reason is required, a waiver that allows nothing is itself a warning, and no
        error can be waived.
        """

    private static let header = "| key | value | meaning |\n|---|---|---|"

    /// A line for a key, and one for each key within it.
    private static func rows(_ key: KeyDescription, _ prefix: String) -> [String] {
        let path = prefix + key.name
        let required = key.isRequired ? " **Required.**" : ""
        let row = "| `\(path)` | \(escaped(kind(key.shape))) | \(escaped(key.summary))\(required) |"
        return [row] + keys(within: key.shape).flatMap { rows($0, path + suffix(key.shape)) }
    }

    private static func keys(within shape: ValueShape) -> [KeyDescription] {
        switch shape {
        case .table(let keys): keys
        case .list(let element), .oneOrList(let element), .map(let element), .namedMap(_, let element):
            keys(within: element)
        default: []
        }
    }

    private static func suffix(_ shape: ValueShape) -> String {
        switch shape {
        case .list, .oneOrList: "[]."
        case .map, .namedMap: ".<name>."
        default: "."
        }
    }

    private static func kind(_ shape: ValueShape) -> String {
        switch shape {
        case .text, .filledText: "text"
        case .flag: "`true` or `false`"
        case .status: "integer"
        case .duration: "duration"
        case .rateLimit: "rate"
        case .pointer: "pointer"
        case .json: "any value"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        case .list(let element): "list of \(kind(element))"
        case .oneOrList(let element): "\(kind(element)), or a list of them"
        case .map(let element): "map of names to \(kind(element))"
        case .namedMap(let names, let element):
            "map of \(names.map { "`\($0)`" }.joined(separator: ", ")) to \(kind(element))"
        case .either(let shapes): shapes.map(kind).joined(separator: ", or ")
        case .table: "map"
        }
    }

    private static func escaped(_ text: String) -> String { text.replacing("|", with: "\\|") }
}
