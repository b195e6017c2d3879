/// An absolute URL that a request may go to. Foundation's `URL` repairs what it reads; this parser refuses it, because
/// what it lets pass is where tokens are sent (SECURITY.md 41). `https` only, and `http` to a literal loopback host
/// where that is allowed; no user info, no fragment, no dot segments, only RFC 3986's characters.
public struct StrictURL: Sendable, Hashable, CustomStringConvertible {
    /// The first thing that is wrong with a text.
    public enum Defect: String, Error, Sendable {
        case length = "it is empty or longer than 8,192 characters"
        case characters = "it holds a character that no URL may hold"
        case scheme = "it must start with https://"
        case userInfo = "it must hold no user name"
        case host = "its host is no host name"
        case loopback = "its host is this machine, which only EGRESS_ALLOW_PRIVATE=true allows (development, tests)"
        case port = "its port is no number from 1 to 65535"
        case path = "its path holds a dot segment or a broken escape"
        case query = "its query holds a broken escape"
    }

    /// `https` or `http`.
    public let scheme: String
    /// Lower case; `[::1]` keeps its brackets.
    public let host: String
    /// Nil: the scheme's own.
    public let port: Int?
    /// Empty, or starting with `/`; as written.
    public let path: String
    /// Without the `?`; as written.
    public let query: String?

    /// Reads a text.
    /// - Parameter namesSecrets: whether the path may hold the names of secrets in braces.
    public init(_ text: String, allowsLoopback: Bool = false, namesSecrets: Bool = false) throws(Defect) {
        guard (1...8192).contains(text.utf8.count) else { throw .length }
        guard text.utf8.allSatisfy(Self.isURLCharacter) else { throw .characters }
        let (scheme, afterScheme) = try Self.splitScheme(text)
        let afterAuthority = afterScheme.firstIndex { $0 == "/" || $0 == "?" } ?? afterScheme.endIndex
        (host, port) = try Self.splitAuthority(afterScheme[..<afterAuthority])
        let isLoopback = HostRule.loopbackHosts.contains(host)
        guard isLoopback ? allowsLoopback : scheme == "https" else { throw isLoopback ? .loopback : .scheme }
        self.scheme = scheme
        let rest = afterScheme[afterAuthority...]
        let question = rest.firstIndex(of: "?") ?? rest.endIndex
        path = String(rest[..<question])
        query = question == rest.endIndex ? nil : String(rest[question...].dropFirst())
        guard Self.isPath(path, namesSecrets: namesSecrets) else { throw .path }
        guard !(query ?? "").contains(where: { $0 == "{" || $0 == "}" }) else { throw .characters }
        guard WireEncoding.percentDecoded((query ?? "").utf8) != nil else { throw .query }
    }

    /// The port that is called.
    public var effectivePort: Int { port ?? (scheme == "https" ? 443 : 80) }

    /// The URL as text, scheme and host in lower case.
    public var description: String {
        "\(scheme)://\(host)\(port.map { ":\($0)" } ?? "")\(path)\(query.map { "?\($0)" } ?? "")"
    }

    private static func splitScheme(_ text: String) throws(Defect) -> (scheme: String, rest: Substring) {
        for scheme in ["https", "http"] where text.lowercased().hasPrefix(scheme + "://") {
            return (scheme, text.dropFirst(scheme.count + 3))
        }
        throw .scheme
    }

    private static func splitAuthority(_ authority: Substring) throws(Defect) -> (host: String, port: Int?) {
        guard !authority.contains("@") else { throw .userInfo }
        let colon =
            authority.hasPrefix("[::1]") ? authority.dropFirst(5).firstIndex(of: ":") : authority.firstIndex(of: ":")
        let hostText = String(authority[..<(colon ?? authority.endIndex)])
        let isLiteral = hostText == "127.0.0.1" || hostText == "[::1]"
        guard let host = isLiteral ? hostText : HostName.name(hostText, labels: 1) else { throw .host }
        guard let colon else { return (host, nil) }
        let digits = authority[colon...].dropFirst()
        guard let port = Int(digits), String(port) == digits, (1...65535).contains(port) else { throw .port }
        return (host, port)
    }

    private static func isPath(_ path: String, namesSecrets: Bool) -> Bool {
        var text = path
        if namesSecrets {
            text = Template(path).segments.map { if case .literal(let text) = $0 { text } else { "x" } }.joined()
        }
        guard !text.contains(where: { $0 == "{" || $0 == "}" }) else { return false }
        guard let bytes = WireEncoding.percentDecoded(text.utf8), !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else {
            return false
        }
        let segments = bytes.split { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
        return !segments.contains { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }
    }

    // RFC 3986 §2; braces only for the names of secrets, `#` and `\` never.
    private static func isURLCharacter(_ byte: UInt8) -> Bool {
        WireEncoding.isAlphanumeric(byte) || "-._~:/?[]@!$&'()*+,;=%{}".utf8.contains(byte)
    }
}
