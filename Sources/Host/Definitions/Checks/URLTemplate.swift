import ConnectorSDK

/// A URL with placeholders, taken apart as text. Placeholders hold none of `/ ? # : @`, so the parts are found before
/// any value is known; the expanded URL is parsed afresh at run time.
struct URLTemplate {
    /// How it begins.
    enum Start: Equatable {
        case https
        case http
        /// A `base_url` input or a captured URL: scheme and host are the value's.
        case placeholder(String)
    }

    /// What is wrong with a URL.
    struct Problem: Error {
        var rule = "invalid-url"
        var message: String
        var hint: String
    }

    let start: Start
    /// Empty when it starts with a placeholder. Lower case but for placeholders.
    let host: Template
    let port: Template?
    /// With its leading `/`, without query.
    let path: Template
    let query: String?

    init(_ text: String) throws(Problem) {
        try Self.refuseCharacters(text)
        var rest = Substring(text)
        if rest.hasPrefix("https://") {
            start = .https
            rest = rest.dropFirst(8)
        } else if rest.hasPrefix("http://") {
            start = .http
            rest = rest.dropFirst(7)
        } else {
            start = .placeholder(try Self.leadingPlaceholder(text))
            rest = rest.drop { $0 != "}" }.dropFirst()
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        rest = rest.dropFirst(authority.count)
        (host, port) = try Self.split(authority, after: start)
        let path = rest.prefix { $0 != "?" }
        try Self.refuseDotSegments(path)
        self.path = Template(String(path))
        query = path.count < rest.count ? String(rest.dropFirst(path.count + 1)) : nil
    }

    /// The names that a literal query sets, percent-decoded.
    var queryNames: [String] {
        (query ?? "").split(separator: "&").map { pair in
            let name = String(pair.prefix { $0 != "=" })
            return Self.percentDecoded(name)
        }
    }

    /// `host:port` apart; the host of an IPv6 address keeps its brackets. Nil for more than one port.
    static func splitPort(_ text: some StringProtocol) -> (host: String, port: String?)? {
        let bracket = text.lastIndex(of: "]")
        let tail = bracket.map { text[$0...].dropFirst() } ?? text[...]
        let parts = tail.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { return nil }
        let head = bracket.map { String(text[...$0]) } ?? ""
        return (head + String(parts[0]), parts.count == 2 ? String(parts[1]) : nil)
    }

    private static func split(_ authority: Substring, after start: Start) throws(Problem) -> (Template, Template?) {
        if case .placeholder = start {
            if authority.isEmpty { return (Template(""), nil) }
            throw Problem(
                message: "neither `https://` nor a whole URL stands at the start", hint: "write https:// in front")
        }
        if authority.contains("@") {
            throw Problem(message: "user info in a URL", hint: "remove what stands before the `@`")
        }
        guard let (host, port) = splitPort(authority), !host.isEmpty else {
            throw Problem(message: "no valid host", hint: "write https://host/path")
        }
        let lowered = Template(host).segments.map { segment in
            switch segment {
            case .literal(let text): text.lowercased()
            case .placeholder(let name): "{\(name)}"
            }
        }
        return (Template(lowered.joined()), port.map { Template($0) })
    }

    private static func leadingPlaceholder(_ text: String) throws(Problem) -> String {
        if case .placeholder(let name)? = Template(text).segments.first { return name }
        throw Problem(message: "`\(text)` is no https URL", hint: "write https://host/path")
    }

    private static func refuseCharacters(_ text: String) throws(Problem) {
        if text.contains("#") { throw Problem(message: "a fragment in a URL", hint: "remove `#` and what follows") }
        for segment in Template(text).segments {
            guard case .literal(let literal) = segment else { continue }
            for byte in literal.utf8 where byte <= 0x20 || byte >= 0x7F || "\\\"<>^`{|}".utf8.contains(byte) {
                throw Problem(
                    message: "a character that cannot stand in a URL",
                    hint: "percent-encode it; a placeholder is {name}")
            }
        }
    }

    private static func refuseDotSegments(_ path: Substring) throws(Problem) {
        if path.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) {
            throw Problem(message: "a `.` or `..` segment in a path", hint: "write the path out")
        }
    }

    private static func percentDecoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
