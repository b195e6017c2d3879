import ConnectorSDK

/// `inputs`: a pattern that can be matched in linear time, and values that agree with each other.
enum InputChecks {
    static func run(_ check: Checking) {
        for input in check.definition.inputs { inspect(input, "inputs.\(input.name)", check) }
    }

    private static func inspect(_ input: Input, _ path: String, _ check: Checking) {
        if let pattern = input.pattern, let problem = PatternCheck.problem(with: pattern) {
            check.find("pattern", problem, hint: PatternCheck.hint, at: "\(path).pattern")
            return
        }
        var plain = input
        plain.allowedValues = []
        for (index, value) in input.allowedValues.enumerated() {
            if let problem = plain.problem(with: value) {
                check.find("input-value", "`\(value)` cannot be used: \(problem)", at: "\(path).enum[\(index)]")
            }
        }
        if check.sources.contains("\(path).enum"), input.allowedValues.isEmpty {
            check.find(
                "input-value", "no value is allowed", hint: "list the values, or remove `enum`", at: "\(path).enum")
        }
        if let value = input.defaultValue, let problem = input.problem(with: value) {
            check.find(
                "input-value", "the default cannot be used: \(problem)", hint: "make it a value that could be entered",
                at: "\(path).default")
        }
        if let value = input.example, let problem = input.problem(with: value) {
            check.find(
                "input-value", "the example cannot be used: \(problem)", hint: "make it a value that could be entered",
                at: "\(path).example")
        }
        if input.secret, input.defaultValue != nil {
            check.findKey(
                "secret-default", "a secret with a default is no secret", hint: "remove the default",
                at: "\(path).default")
        }
    }
}

/// Regular expressions of a definition.
enum PatternCheck {
    static let hint = "matched in linear time: no look-around, no back reference"

    static func problem(with pattern: String) -> String? {
        do {
            _ = try Pattern(pattern)
            return nil
        } catch {
            return "this pattern cannot be used: \(error.description)"
        }
    }
}
