import ConnectorSDK

extension LintRules {
    /// What stands twice in a list is a slip: one of the two was meant to be something else.
    static func duplicateEntries(_ check: Checking) {
        for (path, entries) in lists(check) {
            var seen: Set<String> = []
            for (index, entry) in entries.enumerated() where !seen.insert(entry).inserted {
                check.warn(
                    "duplicate-entry", "`\(entry)` stands here twice", hint: "remove one", at: "\(path)[\(index)]")
            }
        }
    }

    /// Each list of words, with its path. What `refresh` inherits is listed once, under `token`.
    private static func lists(_ check: Checking) -> [(path: String, entries: [String])] {
        let definition = check.definition
        let inherited = check.sources.contains("refresh.omit") ? definition.refresh.request.omit : []
        return [
            ("documentation", definition.documentation), ("categories", definition.categories),
            ("client.repeat_in_body", definition.client.repeatInBody), ("scopes.default", definition.scopes.defaults),
            ("scopes.always", definition.scopes.always), ("scopes.send", check.writtenSend.map(\.rawValue)),
            ("authorization.omit", definition.authorization?.omit ?? []), ("token.omit", definition.token.omit),
            ("upgrade.omit", definition.upgrade?.omit ?? []), ("refresh.omit", inherited),
            ("hosts", (check.writtenHosts ?? []).map(\.text)),
        ] + definition.inputs.map { ("inputs.\($0.name).enum", $0.allowedValues) }
    }

    /// Rows are tried in order: one that an earlier row takes everything from decides nothing.
    static func shadowedRows(_ check: Checking) {
        let rows = check.definition.response.errors
        for (index, row) in rows.enumerated() {
            guard let first = rows[..<index].firstIndex(where: { $0.takesAll(of: row) }) else { continue }
            check.warn(
                "shadowed-row", "row \(first + 1) always matches first", hint: "remove this row, or put it above",
                at: "response.errors[\(index)]")
        }
    }
}

extension ErrorRule {
    /// Whether it matches whatever another row matches, as far as their texts show it.
    fileprivate func takesAll(of other: ErrorRule) -> Bool {
        if let status, status != other.status { return false }
        guard let pointer else { return true }
        return pointer == other.pointer && (match == nil || match == other.match)
    }
}
