import ConnectorSDK

/// `inputs`: a pattern that can be matched in linear time, and values that agree with each other.
enum InputChecks {
    /// Steps of matching that all patterns of one definition may cost.
    private static let mostSteps = 5_000_000
    /// A pattern that is no use may have been read far before that was seen.
    private static let brokenSteps = 2_000

    static func run(_ check: Checking) {
        var left = mostSteps
        for input in check.definition.inputs {
            let path = "inputs.\(input.name)"
            let pattern = input.pattern.flatMap { PatternCheck.read($0, at: "\(path).pattern", check) }
            left -= pattern.map { $0.size * (1 + characters(input)) } ?? (input.pattern == nil ? 0 : brokenSteps)
            guard left >= 0 else {
                check.find(
                    "pattern", "this pattern and its values take too long to check",
                    hint: "with an enum a pattern is not needed", at: "\(path).pattern")
                return
            }
            if pattern != nil || input.pattern == nil { inspect(input, pattern, path, check) }
        }
    }

    /// Of all values that are checked.
    private static func characters(_ input: Input) -> Int {
        let values = input.allowedValues + [input.defaultValue, input.example].compactMap(\.self)
        return values.reduce(0) { $0 + $1.unicodeScalars.count }
    }

    private static func inspect(_ input: Input, _ pattern: Pattern?, _ path: String, _ check: Checking) {
        var plain = input
        plain.allowedValues = []
        plain.pattern = nil
        for (index, value) in input.allowedValues.enumerated() {
            let mismatch = pattern.flatMap { $0.matches(whole: value) ? nil : "does not match \(input.pattern ?? "")" }
            if let problem = plain.problem(with: value) ?? mismatch {
                check.find(
                    "input-value", "`\(value)` cannot be used: \(problem)",
                    hint: "make it a value that could be entered",
                    at: "\(path).enum[\(index)]")
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
    /// The pattern, or nil, which has been reported then.
    static func read(_ text: String, at path: String, _ check: Checking) -> Pattern? {
        do throws(Pattern.Defect) {
            return try Pattern(text)
        } catch {
            check.find(
                "pattern", "this pattern cannot be used: \(error.description)",
                hint: "matched in linear time: no look-around, no back reference", at: path)
            return nil
        }
    }
}
