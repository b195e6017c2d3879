import ConnectorSDK

/// The last step: what lint would warn of is dealt with here, or the file says that the entry has it so. What is warned
/// of afterwards is the reader's own.
enum Leftovers {
    static func settle(_ sketch: inout Sketch) {
        letFallbacksBeReached(&sketch)
        removeUnusedSecrets(&sketch)
        waive(&sketch)
    }

    /// Of `A || B` the second is reached where an input of the first is unset: then nobody has to set it.
    private static func letFallbacksBeReached(_ sketch: inout Sketch) {
        let lists = sketch.endpointLists
        for input in sketch.inputs where input.isRequired && input.defaultValue == nil {
            let placeholder = "{\(input.name)}"
            let users = lists.filter { list in list.contains { $0.contains(placeholder) } }
            let isElsewhere = sketch.parameterTexts.contains { $0.contains(placeholder) }
            guard !users.isEmpty, !isElsewhere, users.allSatisfy({ $0.last?.contains(placeholder) == false }) else {
                continue
            }
            sketch.change(input.name) { $0.isRequired = false }
        }
    }

    /// A secret for calls of the provider's API is no part of a token's life.
    private static func removeUnusedSecrets(_ sketch: inout Sketch) {
        let texts = sketch.endpoints + sketch.parameterTexts + [sketch.client.basicUsername ?? ""]
        for input in sketch.inputs where input.isSecret && !texts.contains(where: { $0.contains("{\(input.name)}") }) {
            sketch.inputs.removeAll { $0.name == input.name }
            sketch.notes.append("The secret `\(input.name)` is left out: no request for a token carries it.")
        }
    }

    private static func waive(_ sketch: inout Sketch) {
        func add(_ rule: String, _ reason: String, at path: String) {
            sketch.comments[path, default: []].append("lint-allow: \(rule) \(reason)")
        }
        if sketch.authorization?.usesProofKey == false {
            add("pkce-off", "the imported entry turns it off", at: "authorization.pkce")
        }
        if sketch.token.grantType == "password" {
            add("password-grant", "the imported entry has it so", at: "token.grant_type")
        }
        let requests = [
            ("token", sketch.token), ("upgrade", sketch.upgrade ?? RequestSketch()),
            ("refresh", sketch.refresh.request),
        ]
        for (key, request) in requests {
            if request.method == "GET" {
                add("secret-in-query", "the imported entry has it so", at: "\(key).method")
            } else if request.body == "query" {
                add("secret-in-query", "the imported entry has it so", at: "\(key).body")
            }
        }
    }
}
