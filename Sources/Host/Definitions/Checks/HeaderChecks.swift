import ConnectorSDK

/// Headers that are the engine's, and values that could break out of a header (SECURITY 45).
enum HeaderChecks {
    private static let owned: Set<String> = [
        "authorization", "host", "cookie", "connection", "transfer-encoding", "upgrade", "te", "dpop",
    ]

    static func run(_ check: Checking) {
        var headers = check.definition.requests(check.sources).map { ("\($0.key).headers", $0.rules.headers) }
        for (index, step) in check.definition.afterConnect.enumerated() {
            if case .request(let request) = step {
                headers.append(("after_connect[\(index)].headers", request.headers))
            }
        }
        for (path, table) in headers {
            // Header names are the same in any letters; of two, the first in this order stays.
            var seen: Set<String> = []
            for name in table.keys.sorted() {
                guard let value = table[name] else { continue }
                let isRepeated = !seen.insert(name.lowercased()).inserted
                inspect(name, value, "\(path).\(name)", isRepeated: isRepeated, check)
            }
        }
    }

    private static func inspect(
        _ name: String, _ value: Template, _ path: String, isRepeated: Bool, _ check: Checking
    ) {
        guard check.sources.contains(path) else { return }
        let lowered = name.lowercased()
        if owned.contains(lowered) || lowered.hasPrefix("content-") || lowered.hasPrefix("proxy-") {
            check.findKey("engine-header", "the header `\(name)` is set by the engine", hint: "remove it", at: path)
        } else if isRepeated {
            check.findKey(
                "duplicate-key", "the header `\(name)` stands twice, in other letters", hint: "remove one", at: path)
        }
        let text = value.description
        if !text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value < 0x7F }) || text.hasPrefix(" ")
            || text.hasSuffix(" ")
        {
            check.find(
                "header-value", "a header holds visible ASCII and inner spaces",
                hint: "remove line breaks and other characters", at: path)
        }
    }
}
