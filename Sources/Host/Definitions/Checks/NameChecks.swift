import ConnectorSDK

/// Names of inputs and captures: unique, and none that means something else already.
enum NameChecks {
    /// Names of secrets that a request may ask for.
    private static let material: Set<String> = [
        "client_secret", "client_private_key", "client_certificate", "code", "code_verifier", "subject_token",
    ]

    static func run(_ check: Checking) {
        var seen: [String: String] = [:]
        let inputs = check.definition.inputs.map { (name: $0.name, path: "inputs.\($0.name)") }
        for (name, path) in inputs + check.definition.captures {
            if let other = meaning(of: name) {
                check.findKey("reserved-name", "`\(name)` is \(other)", hint: "choose another name", at: path)
            } else if let first = seen[name] {
                let hint =
                    path.hasPrefix("authorization.callback")
                    ? "a callback that repeats an input is not captured" : "choose another name"
                check.findKey("duplicate-name", "`\(name)` is also the name of \(first)", hint: hint, at: path)
            }
            seen[name] = seen[name] ?? path
        }
    }

    /// What a name stands for in every definition; nil for one that is free.
    static func meaning(of name: String) -> String? {
        if Checking.builtIns.contains(name) { return "a built-in placeholder" }
        if ResponseRules.Field(rawValue: name) != nil { return "a field of the token" }
        return material.contains(name) ? "a secret of the engine" : nil
    }
}
