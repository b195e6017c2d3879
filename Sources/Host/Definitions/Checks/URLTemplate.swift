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

    init(_ template: Template) throws(Problem) {
        try Self.refuseCharacters(template)
        var rest = template.description.utf8[...]
        if rest.starts(with: "https://".utf8) {
            start = .https
            rest = rest.dropFirst(8)
        } else if rest.starts(with: "http://".utf8) {
            start = .http
            rest = rest.dropFirst(7)
        } else {
            start = .placeholder(try Self.leadingPlaceholder(template))
            rest = rest.drop { $0 != UInt8(ascii: "}") }.dropFirst()
        }
        let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        rest = rest[authority.endIndex...]
        (host, port) = try Self.split(Substring(authority), after: start)
        let path = rest.prefix { $0 != UInt8(ascii: "?") }
        try Self.refuseDotSegments(path)
        self.path = Template(String(Substring(path)))
        query = path.endIndex < rest.endIndex ? String(Substring(rest[path.endIndex...].dropFirst())) : nil
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
        let text = Substring(text)
        let bytes = text.utf8
        let tail = bytes.lastIndex(of: UInt8(ascii: "]")) ?? bytes.startIndex
        guard let colon = bytes[tail...].firstIndex(of: UInt8(ascii: ":")) else { return (String(text), nil) }
        let port = bytes.index(after: colon)
        if bytes[port...].contains(UInt8(ascii: ":")) { return nil }
        return (String(text[..<colon]), String(text[port...]))
    }

    private static func split(_ authority: Substring, after start: Start) throws(Problem) -> (Template, Template?) {
        if case .placeholder = start {
            if authority.isEmpty { return (Template(""), nil) }
            throw Problem(
                message: "neither `https://` nor a whole URL stands at the start", hint: "write https:// in front")
        }
        if authority.utf8.contains(UInt8(ascii: "@")) {
            throw Problem(message: "user info in a URL", hint: "remove what stands before the `@`")
        }
        guard let (host, port) = splitPort(authority), !host.isEmpty else {
            throw Problem(message: "no valid host", hint: "write https://host/path")
        }
        return (lowered(Template(host)), port.map { Template($0) })
    }

    /// The literal parts in lower case; placeholders stay.
    private static func lowered(_ host: Template) -> Template {
        guard host.description.utf8.contains(where: { (0x41...0x5A).contains($0) }) else { return host }
        let segments = host.segments.map { segment in
            switch segment {
            case .literal(let text): text.lowercased()
            case .placeholder(let name): "{\(name)}"
            }
        }
        return Template(segments.joined())
    }

    private static func leadingPlaceholder(_ template: Template) throws(Problem) -> String {
        if case .placeholder(let name)? = template.segments.first { return name }
        throw Problem(message: "`\(template)` is no https URL", hint: "write https://host/path")
    }

    private static func refuseCharacters(_ template: Template) throws(Problem) {
        if template.description.utf8.contains(UInt8(ascii: "#")) {
            throw Problem(message: "a fragment in a URL", hint: "remove `#` and what follows")
        }
        for segment in template.segments {
            guard case .literal(let literal) = segment else { continue }
            if !literal.utf8.allSatisfy(isURLByte) {
                throw Problem(
                    message: "a character that cannot stand in a URL",
                    hint: "percent-encode it; a placeholder is {name}")
            }
            if hasBrokenEscape(literal) {
                throw Problem(
                    message: "a `%` without two hexadecimal digits", hint: "write `%25` for the character itself")
            }
        }
    }

    private static func hasBrokenEscape(_ literal: String) -> Bool {
        literal.utf8.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false).dropFirst().contains {
            let digits = $0.prefix(2)
            return digits.count < 2 || !digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
        }
    }

    private static func isURLByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "^"),
            UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"):
            false
        default: byte > 0x20 && byte < 0x7F
        }
    }

    private static func refuseDotSegments(_ path: Substring.UTF8View) throws(Problem) {
        let segments = path.split(separator: UInt8(ascii: "/")).map { segment in
            guard segment.contains(UInt8(ascii: "%")) else { return String(Substring(segment)) }
            return Substring(segment).lowercased().replacing("%2e", with: ".")
        }
        if segments.contains(where: { $0 == "." || $0 == ".." }) {
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
