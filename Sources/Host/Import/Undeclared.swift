import ConnectorSDK

/// Placeholders that no part of the entry declares: somebody has to give their values, so they are inputs. The layout
/// has had other ways to declare them.
enum Undeclared {
    private static let builtIn: Set<String> = ["client_id", "random", "callback_host", "state"]
    private static let secretWords = ["secret", "password", "key", "token"]
    /// Parameters whose value is a secret, whatever the input is called.
    private static let secretParameters: Set<String> = ["password", "api_key", "apikey", "secret"]

    static func settle(_ sketch: inout Sketch) throws(Obstacle) {
        let requests = [sketch.token, sketch.refresh.request] + (sketch.upgrade.map { [$0] } ?? [])
        let pairs = requests.flatMap { ($0.parameters ?? []) + $0.headers }
        let hidden = pairs.map(\.value)
        let shown = sketch.endpoints + (sketch.authorization?.parameters ?? []).map(\.value)
        for text in shown + hidden {
            for name in Template(text).placeholders where !builtIn.contains(name) && !sketch.captured.contains(name) {
                if sketch.input(name) != nil { continue }
                var input = InputSketch(name: name)
                let mayBeSecret = !shown.contains { Template($0).placeholders.contains(name) }
                let isOfSecret = pairs.contains { pair in
                    secretParameters.contains(pair.name.lowercased())
                        && Template(pair.value).placeholders.contains(name)
                }
                let soundsSecret = secretWords.contains(where: name.lowercased().contains)
                input.isSecret = mayBeSecret && (isOfSecret || soundsSecret)
                sketch.inputs.append(input)
                sketch.notes.append("The entry uses `\(name)` without declaring it: it is an input here.")
            }
        }
        for pair in sketch.parameterDefaults { try apply(pair.value, to: pair.name, &sketch) }
    }

    /// `${x} || value` in a parameter.
    private static func apply(_ value: String, to name: String, _ sketch: inout Sketch) throws(Obstacle) {
        let isElsewhere = sketch.endpoints.contains { $0.contains("{\(name)}") }
        let other = sketch.parameterDefaults.contains { $0.name == name && $0.value != value }
        guard !isElsewhere, !other, let input = sketch.input(name), !input.isSecret,
            input.defaultValue == nil || input.defaultValue == value, input.rules.problem(with: value) == nil
        else { throw .needsModule("`\(name)` stands for `\(value)` in one place only where it is unset") }
        sketch.change(name) {
            $0.defaultValue = value
            $0.isRequired = true
        }
    }
}
