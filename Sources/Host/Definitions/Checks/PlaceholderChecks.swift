import ConnectorSDK

/// Placeholders: known names, each in a place where it may stand.
enum PlaceholderChecks {
    static func run(_ check: Checking) {
        let inputs = Dictionary(check.definition.inputs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let captured = Set(check.definition.captures.map(\.name))
        func known() -> [String] { check.definition.inputs.map(\.name) + captured.sorted() + Checking.builtIns }
        for use in check.definition.templateUses(check.sources) {
            for name in Set(use.template.placeholders).sorted() {
                if name == "state" || name == "token" {
                    builtIn(name, use, check)
                } else if let input = inputs[name] {
                    if input.secret { secret(name, use, check) }
                } else if !captured.contains(name), !Checking.builtIns.contains(name), !check.decoding.mayDeclare(name)
                {
                    check.find(
                        "unknown-placeholder", "nothing is named `\(name)`",
                        hint: Suggestion.hint(for: name, among: known()) ?? "declare it under `inputs` or capture it",
                        at: use.path)
                }
            }
        }
    }

    private static func builtIn(_ name: String, _ use: TemplateUse, _ check: Checking) {
        if name == "state" {
            if use.path == "token.parameters.state", use.template.description == "{state}" { return }
            check.find(
                "placeholder-place", "`{state}` cannot stand here", hint: "only as the value of token.parameters.state",
                at: use.path)
            return
        }
        if use.path.hasPrefix("revocation.parameters.") { return }
        if use.path.hasPrefix("revocation.endpoint"), let url = try? URLTemplate(use.template) {
            let count = use.template.placeholders.filter { $0 == "token" }.count
            if url.path.placeholders.filter({ $0 == "token" }).count == count { return }
        }
        check.find(
            "placeholder-place", "`{token}` cannot stand here", hint: "only in revocation's path and parameters",
            at: use.path)
    }

    private static func secret(_ name: String, _ use: TemplateUse, _ check: Checking) {
        if use.place == .header || use.place == .body { return }
        // An assertion travels as a parameter of the token request.
        let requests = [check.definition.token, check.definition.refresh.request]
        if use.place == .assertion, !requests.contains(where: \.travelsInURL) { return }
        check.find(
            "secret-place", "the secret `\(name)` cannot stand here", hint: "secrets go into headers and bodies only",
            at: use.path)
    }
}
