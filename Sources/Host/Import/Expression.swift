/// The layout's texts: `${connectionConfig.x}` stands for an input, `A || B` for B where a value of A is unset.
enum Expression {
    /// The alternatives, in order.
    static func alternatives(_ text: String) -> [String] {
        var found: [String] = []
        for part in text.split(separator: "||", omittingEmptySubsequences: false) {
            // Within `${a || 'x'}` it belongs to what is computed there.
            if let last = found.last, isOpen(last) {
                found[found.count - 1] = last + "||" + part
            } else {
                found.append(String(part))
            }
        }
        return found.map(\.trimmed).filter { !$0.isEmpty }
    }

    private static func isOpen(_ text: String) -> Bool {
        let pieces = text.split(separator: "${", omittingEmptySubsequences: false)
        return pieces.count > 1 && pieces.last?.contains("}") == false
    }

    /// The same text with placeholders.
    static func template(_ text: String) throws(Obstacle) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                throw .broken("`\(text)`: a `${` without its `}`")
            }
            result += rest[..<start.lowerBound]
            result += "{\(try name(rest[start.upperBound..<end].trimmed))}"
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    /// The engine's parameter that a value consists of: an entry may name the client's id or secret by another name.
    static func material(_ text: String) -> String? {
        switch text.trimmed {
        case "${credentials.client_id}", "${connectionConfig.client_id}", "${client_id}", "${clientId}",
            "${oauth_client_id}":
            "client_id"
        case "${credentials.client_secret}", "${connectionConfig.client_secret}", "${client_secret}", "${clientSecret}",
            "${oauth_client_secret}":
            "client_secret"
        default: nil
        }
    }

    private static func name(_ expression: String) throws(Obstacle) -> String {
        if let material = material("${\(expression)}") {
            if material == "client_id" { return material }
            throw .needsModule("the client's secret stands within a text")
        }
        if expression == "random" { return "random" }
        for prefix in ["connectionConfig.", "connection_config.", "credentials."] where expression.hasPrefix(prefix) {
            let key = expression.dropFirst(prefix.count)
            if key.allSatisfy({ $0.isLetter || $0.isNumber || "_-.".contains($0) }) { return Names.name(String(key)) }
        }
        throw .needsModule("`${\(expression)}` is computed, and a definition computes nothing")
    }
}

extension Substring {
    var trimmed: String { String(self).trimmed }
}

extension String {
    var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text = text.dropFirst() }
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return String(text)
    }
}
