import ConnectorSDK

/// `examples`: nothing in them looks like a real token.
enum ExampleChecks {
    private static let madeUp = ["example", "made", "fake", "sample", "dummy", "test", "xxx", "000", "123", "..."]

    static func run(_ check: Checking) {
        for (index, example) in check.definition.examples.enumerated() {
            let words = example.body.split { !($0.isASCII && ($0.isLetter || $0.isNumber || "-_.~+/".contains($0))) }
            guard words.contains(where: looksReal) else { continue }
            check.warn(
                "example-token", "a token in this answer could be a real one", hint: "write `example` into it",
                at: "examples[\(index)].body")
        }
    }

    private static func looksReal(_ word: Substring) -> Bool {
        guard word.count >= 24, !word.contains("://"), !word.hasPrefix("//"), !word.hasPrefix("/") else { return false }
        let lowered = word.lowercased()
        if madeUp.contains(where: lowered.contains) { return false }
        return word.contains(where: \.isNumber) && word.contains(where: \.isUppercase)
            && word.contains(where: \.isLowercase)
    }
}
