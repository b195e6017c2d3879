import ConnectorSDK
import Definitions

/// How the answer is read: lifetimes and captures.
enum ResponseTranslation {
    static func read(_ entry: Entry, _ sketch: inout Sketch) throws(Obstacle) {
        switch entry.text("expires_in_unit") {
        case nil, "seconds"?: break
        case "milliseconds"?: sketch.response.unit = "ms"
        case let unit?: throw .needsModule("lifetimes are counted in \(unit)")
        }
        // Zero means that the layout's library asks each time; the format's own rule for a missing lifetime is that.
        if let milliseconds = entry.text("token_expires_in_ms").flatMap(Int.init), milliseconds >= 1000 {
            sketch.response.fallback = "\(milliseconds / 1000)s"
        }
        // An answer without a grant's name is hardly OAuth's: the layout's library looks for the token here as well.
        if sketch.token.omit.contains("grant_type") {
            sketch.response.map.append(
                ("access_token", ["/access_token", "/data/token", "/data/access_token", "/jwt"]))
        }
        let paths = entry.list("token_response_metadata") + entry.list("refresh_token_response_metadata")
        for path in paths {
            let name = Names.name(path)
            if sketch.response.capture.contains(where: { $0.name == name }) { continue }
            if ["access_token", "refresh_token", "id_token"].contains(path) {
                sketch.notes.append("`\(path)` of the answer is a token, which is never captured.")
                continue
            }
            sketch.response.capture.append(Pair(name, pointer(to: path)))
        }
    }

    /// `a.b[0].c` is `/a/b/0/c`.
    private static func pointer(to path: String) -> String {
        let tokens = path.split(separator: ".").flatMap { part -> [String] in
            let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
            let indices = pieces.dropFirst().map { $0.dropLast() }
            let areIndices = pieces.dropFirst().allSatisfy { $0.hasSuffix("]") && UInt($0.dropLast()) != nil }
            guard areIndices, let first = pieces.first else { return [String(part)] }
            return (first.isEmpty ? [] : [String(first)]) + indices.map(String.init)
        }
        return JSONPointer(tokens: tokens).description
    }
}

/// Which values are captured and which are inputs, where an entry has both by one name.
enum CaptureTranslation {
    static func settle(_ entry: Entry, _ sketch: inout Sketch) {
        let answered = Set(sketch.response.capture.map(\.name))
        // The provider's own word counts more than what somebody typed, unless the request for it needs the value.
        for name in answered where sketch.input(name) != nil {
            if uses(name, sketch) {
                sketch.response.capture.removeAll { $0.name == name }
            } else {
                sketch.inputs.removeAll { $0.name == name }
                sketch.notes.append("`\(name)` comes with the answer and is not asked for.")
            }
        }
        let captured = Set(sketch.response.capture.map(\.name))
        for pair in sketch.authorization?.capture ?? []
        where captured.contains(pair.name) || sketch.input(pair.name) != nil {
            sketch.authorization?.capture.removeAll { $0.name == pair.name }
            if sketch.input(pair.name) != nil {
                sketch.notes.append("The callback repeats the input `\(pair.name)`, which counts.")
            }
        }
        for item in entry.map("connection_config") where item.value["automated"]?.text == "true" {
            automated(item, &sketch)
        }
    }

    /// A value that nobody is asked for. Where neither callback nor answer brings it and a request needs it, the
    /// organization sets it.
    private static func automated(_ item: YAMLEntry, _ sketch: inout Sketch) {
        let name = Names.name(item.key)
        if sketch.captured.contains(name) || sketch.input(name) != nil || Names.material.contains(item.key) { return }
        let isInURL = sketch.endpoints.contains { $0.contains("{\(name)}") }
        guard isInURL || uses(name, sketch) else {
            sketch.notes.append("`\(item.key)` is found after connecting, by a script: `after_connect` can capture it.")
            return
        }
        var input = InputSketch(name: name)
        input.title = item.value["title"]?.text ?? ""
        input.isRequired = isInURL
        input.isOrganizations = isInURL
        sketch.inputs.append(input)
        let owner = isInURL ? "the organization sets it" : "it may be given with the connection"
        sketch.notes.append("`\(item.key)` is needed before anything could capture it: \(owner).")
    }

    /// Whether a request on the way to the first token holds the placeholder.
    static func uses(_ name: String, _ sketch: Sketch) -> Bool {
        let parameters =
            (sketch.authorization?.parameters ?? []) + (sketch.token.parameters ?? []) + sketch.token.headers
        let texts = (sketch.authorization?.endpoint ?? []) + sketch.token.endpoint + parameters.map(\.value)
        return texts.contains { $0.contains("{\(name)}") }
    }
}
