import ConnectorSDK

/// `examples`: nothing in them looks like a real token, a page shows them, and they show something.
enum ExampleChecks {
    private static let madeUp = ["example", "made", "fake", "sample", "dummy", "test", "xxx", "000", "123", "..."]

    static func run(_ check: Checking) {
        for (index, example) in check.definition.examples.enumerated() {
            show(example, at: "examples[\(index)]", check)
            let words = example.body.utf8.split { !isWordByte($0) }
            guard words.contains(where: looksReal) else { continue }
            check.warn(
                "example-token", "a token in this answer could be a real one", hint: "write `example` into it",
                at: "examples[\(index)].body")
        }
    }

    private static func show(_ example: Example, at path: String, _ check: Checking) {
        let isURL = ["https://", "http://"].contains { example.source.hasPrefix($0) && example.source.count > $0.count }
        if !isURL || example.source.contains(where: \.isWhitespace) {
            check.warn(
                "invalid-url", "`\(example.source)` is no page's URL", hint: "write https://…", at: "\(path).source")
        }
        // A revocation brings nothing.
        if example.expect.isEmpty, example.operation != .revoke {
            check.warn(
                "example-result", "nothing is expected of this answer, so that it shows nothing",
                hint: "say what reading it gives, such as `access_token`", at: "\(path).expect")
        }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || isUpper(byte) || isLower(byte) || "-_.~+/".utf8.contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isUpper(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
    private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }

    private static func looksReal(_ word: Substring.UTF8View) -> Bool {
        guard word.count >= 24, word.first != UInt8(ascii: "/") else { return false }
        guard word.contains(where: isDigit), word.contains(where: isUpper), word.contains(where: isLower) else {
            return false
        }
        let lowered = Substring(word).lowercased()
        return !madeUp.contains { lowered.contains($0) }
    }
}
