import ConnectorSDK

extension LintRules {
    /// Inputs that no request uses are served as metadata; a secret one is not even that.
    static func unusedInputs(_ check: Checking) {
        let definition = check.definition
        // A module may use inputs in ways that no file shows.
        guard definition.connector == "oauth2", !definition.inputs.isEmpty else { return }
        var used = Set(definition.templateUses(check.sources).flatMap(\.template.placeholders))
        used.formUnion(definition.issuer?.placeholders ?? [])
        used.formUnion([definition.client.assertion?.key, definition.assertion?.key].compactMap(\.self))
        for input in definition.inputs where !used.contains(input.name) {
            if input.secret {
                check.warnKey(
                    "unused-secret", "no request uses the secret `\(input.name)`",
                    hint: "remove it: what is not kept cannot leak", at: "inputs.\(input.name)")
            } else {
                check.note(
                    "unused-input", "no request uses `\(input.name)`; it is served as metadata",
                    hint: "use it in a request, or keep it to be shown",
                    at: "inputs.\(input.name)")
            }
        }
    }
}
