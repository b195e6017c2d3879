import ConnectorSDK
import Definitions

/// `connection_config`, and of `credentials` what is more than the client's own id and secret.
enum InputTranslation {
    static func read(_ entry: Entry, _ sketch: inout Sketch) throws(Obstacle) {
        for item in entry.map("connection_config") { add(item, &sketch) }
        for item in entry.map("integration_config") where !isClientMaterial(item.key) {
            add(item, &sketch)
            sketch.change(Names.name(item.key)) { $0.isOrganizations = true }
        }
        for item in entry.map("credentials") where !isClientMaterial(item.key) { add(item, &sketch) }
    }

    /// What every definition has under a fixed name, in the layout's several spellings.
    private static func isClientMaterial(_ name: String) -> Bool {
        [
            "client_id", "client_secret", "client_certificate", "client_private_key", "oauth_client_id",
            "oauth_client_secret", "oauth_scopes", "clientId", "clientSecret",
        ].contains(name)
    }

    private static func add(_ item: YAMLEntry, _ sketch: inout Sketch) {
        if Names.material.contains(item.key) {
            sketch.notes.append("The input `\(item.key)` is the client's own, which every definition has.")
            return
        }
        // Found by the connector, not asked for: see CaptureTranslation.
        if item.value["automated"]?.text == "true", item.value["default_value"]?.text?.isEmpty ?? true { return }
        var input = InputSketch(name: Names.name(item.key))
        if sketch.input(input.name) != nil { return }
        if input.name != item.key { sketch.notes.append("The input `\(item.key)` is called `\(input.name)` here.") }
        read(item.value, &input, &sketch)
        sketch.inputs.append(input)
    }

    private static func read(_ node: YAMLNode, _ input: inout InputSketch, _ sketch: inout Sketch) {
        input.title = node["title"]?.text ?? ""
        input.description = node["description"]?.text ?? ""
        input.example = node["example"]?.text
        input.isSecret = node["secret"]?.text == "true"
        input.allowedValues = Translation.once(node["enum"]?.elements?.compactMap(\.text) ?? [])
        input.format = format(node["format"]?.text)
        let isHidden = node["hidden"]?.text == "true"
        if let value = node["default_value"]?.text, !value.isEmpty, !input.isSecret { input.defaultValue = value }
        input.isRequired = node["optional"]?.text != "true" && !(isHidden && input.defaultValue == nil)
        if let pattern = node["pattern"]?.text { Patterns.read(pattern, &input, &sketch) }
    }

    private static func format(_ text: String?) -> String {
        switch text {
        case "hostname"?: "hostname"
        case "uri"?: "base_url"
        case "uuid"?: "uuid"
        case "email"?: "email"
        default: "text"
        }
    }
}

/// Patterns: kept where they can be matched in linear time. One that only lists values is an `enum`, which bounds hosts
/// where a pattern never does.
enum Patterns {
    static func read(_ text: String, _ input: inout InputSketch, _ sketch: inout Sketch) {
        if input.allowedValues.isEmpty, let values = values(of: text) {
            input.allowedValues = Translation.once(values)
            return
        }
        if (try? Pattern(text)) != nil {
            input.pattern = text
        } else if let rest = withoutLookahead(text), (try? Pattern(rest)) != nil {
            input.pattern = rest
            sketch.notes.append("The pattern of `\(input.name)` came with a look-ahead, which is left out.")
        } else {
            sketch.notes.append("The pattern of `\(input.name)` is left out: it cannot be matched in linear time.")
        }
    }

    /// The values of `^(a\.b|c)$`.
    private static func values(of text: String) -> [String]? {
        guard text.hasPrefix("^("), text.hasSuffix(")$") else { return nil }
        let body = text.dropFirst(2).dropLast(2)
        let values = body.hasPrefix("?:") ? body.dropFirst(2) : body
        let plain = values.replacing("\\.", with: "").allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || "-_|".contains($0))
        }
        guard plain, values.contains("|") else { return nil }
        let list = values.split(separator: "|", omittingEmptySubsequences: false).map { $0.replacing("\\.", with: ".") }
        return list.contains("") ? nil : list.map { String($0) }
    }

    /// The text without a negative look-ahead at its start.
    private static func withoutLookahead(_ text: String) -> String? {
        guard text.hasPrefix("^(?!") else { return nil }
        var depth = 1
        var isEscaped = false
        for index in text.indices.dropFirst(4) {
            if isEscaped {
                isEscaped = false
                continue
            }
            switch text[index] {
            case "\\": isEscaped = true
            case "(": depth += 1
            case ")": depth -= 1
            default: break
            }
            if depth == 0 { return "^" + text[text.index(after: index)...] }
        }
        return nil
    }
}
