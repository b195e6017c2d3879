import ConnectorSDK

/// `id`, `connector`, `options`, `documentation`.
enum IdentityChecks {
    /// Compiled connectors that read none: an option given to them would be without effect.
    private static let withoutOptions: Set = ["oauth2", "google-workspace", "slack"]

    static func run(_ check: Checking) {
        let definition = check.definition
        if definition.id != check.fileID, check.siblings.contains(definition.id) {
            check.find(
                "duplicate-id", "`\(definition.id)` is the id of \(definition.id).yaml, not of \(check.fileID).yaml",
                hint: "two definitions cannot share an id", at: "id")
        } else if definition.id != check.fileID {
            check.find(
                "id-file-name", "`id` is `\(definition.id)`, the file is \(check.fileID).yaml", hint: "make them equal",
                at: "id")
        }
        title(check)
        if !check.connectors.contains(definition.connector) {
            let known = check.connectors.sorted()
            check.find(
                "unknown-connector", "there is no connector `\(definition.connector)`",
                hint: Suggestion.hint(for: definition.connector, among: known)
                    ?? "known: \(known.joined(separator: ", "))",
                at: "connector")
        }
        if withoutOptions.contains(definition.connector), !definition.options.isEmpty,
            !check.decoding.isBroken("connector")
        {
            check.findKey(
                "options-refused", "the connector `\(definition.connector)` takes no options",
                hint: "remove them, or name the connector they are for", at: "options")
        }
        for (index, page) in definition.documentation.enumerated()
        where !page.hasPrefix("https://") && !page.hasPrefix("http://") {
            let path = "documentation[\(index)]"
            check.find(
                "invalid-url", "`\(page)` is no URL", hint: "write https://…",
                at: check.sources.contains(path) ? path : "documentation")
        }
    }

    private static func title(_ check: Checking) {
        let title = check.definition.title
        let unseen: Set<Unicode.GeneralCategory> = [.control, .lineSeparator, .paragraphSeparator]
        if title.allSatisfy(\.isWhitespace) {
            let what = title.isEmpty ? "an empty title" : "a title of blanks"
            check.find("empty-title", what, hint: "the provider's name", at: "title")
        } else if title.unicodeScalars.contains(where: { unseen.contains($0.properties.generalCategory) }) {
            check.warn(
                "title-line", "a line break or a control character in the title", hint: "write it on one line",
                at: "title")
        }
    }
}
