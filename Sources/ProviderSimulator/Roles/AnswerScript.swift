import Foundation

/// How a role writes a good answer of its token endpoint.
public struct AnswerScript: Sendable {
    /// The path of each member of the standard's answer (RFC 6749 §5.1) that this provider gives; what is not named is
    /// left out. Besides the standard's: `expires_at` (RFC 3339), `refresh_expires_in` (seconds).
    public var places: [String: [String]]
    /// More members: a path, and JSON text.
    public var extras: [Member]
    /// `expires_in` counts milliseconds.
    public var isInMilliseconds: Bool
    /// The answer is form-encoded, as GitHub's unless asked for JSON.
    public var isForm: Bool
    /// The claims of access tokens that are JWTs; empty: they are opaque.
    public var claims: [Member]

    /// JSON text at a path.
    public struct Member: Sendable, Equatable {
        public var path: [String]
        public var json: String

        /// A member at a path; a name of digits alone is an array's index.
        public init(_ path: [String], json: String) {
            self.path = path
            self.json = json
        }
    }

    /// The standard's answer.
    public static let standard = ["access_token", "token_type", "expires_in", "refresh_token", "scope"]

    /// An answer; what is not named is as in the standard.
    public init(
        places: [String: [String]] = Dictionary(uniqueKeysWithValues: standard.map { ($0, [$0]) }),
        extras: [Member] = [], isInMilliseconds: Bool = false, isForm: Bool = false, claims: [Member] = []
    ) {
        self.places = places
        self.extras = extras
        self.isInMilliseconds = isInMilliseconds
        self.isForm = isForm
        self.claims = claims
    }
}

extension AnswerScript {
    /// Seconds that a refresh token is said to live.
    static let refreshLifetime = 30 * 86_400

    /// The provider's answer in the role's form.
    func shape(_ answer: TokenAnswer, now: Date) -> TokenAnswer {
        var standard = answer
        let lifetime = answer["expires_in"].flatMap { Int($0) } ?? 0
        if isInMilliseconds { standard["expires_in"] = String(lifetime * 1000) }
        standard["expires_at"] = JSONText.string((now + TimeInterval(lifetime)).formatted(.iso8601))
        standard["refresh_expires_in"] = String(Self.refreshLifetime)
        var tree = JSONTree()
        for field in standard.fields {
            if let path = places[field.name] { tree.set(path, field.json) }
        }
        for extra in extras { tree.set(extra.path, extra.json) }
        return TokenAnswer(fields: tree.fields)
    }
}

/// A JSON object that is put together from paths.
struct JSONTree {
    private enum Node {
        case leaf(String)
        case branch(JSONTree)
    }

    private var members: [(name: String, node: Node)] = []

    init(_ members: [AnswerScript.Member] = []) {
        for member in members { set(member.path, member.json) }
    }

    /// Puts JSON text at a path of at least one name. What stood there, or above it, is replaced.
    mutating func set(_ path: some Collection<String>, _ json: String) {
        guard let name = path.first else { return }
        let index = members.firstIndex { $0.name == name }
        var node = Node.leaf(json)
        if path.count > 1 {
            var branch = JSONTree()
            if let index, case .branch(let known) = members[index].node { branch = known }
            branch.set(path.dropFirst(), json)
            node = .branch(branch)
        }
        if let index { members[index].node = node } else { members.append((name, node)) }
    }

    /// The members with their JSON text.
    var fields: [TokenAnswer.Field] {
        members.map { member in
            switch member.node {
            case .leaf(let json): TokenAnswer.Field(name: member.name, json: json)
            case .branch(let tree): TokenAnswer.Field(name: member.name, json: tree.json)
            }
        }
    }

    /// An object, or an array where all names are numbers.
    var json: String {
        let isArray = members.allSatisfy { $0.name.allSatisfy(\.isNumber) }
        let texts = fields.map { isArray ? $0.json : "\(JSONText.string($0.name)):\($0.json)" }
        return (isArray ? "[" : "{") + texts.joined(separator: ",") + (isArray ? "]" : "}")
    }
}
