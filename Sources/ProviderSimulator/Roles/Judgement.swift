import Foundation
import HTTPTypes

/// What a role makes of a request: what was wrong with it, and the secrets found in it.
struct Judgement: Sendable {
    private(set) var deviations: [String] = []
    private(set) var found: [ScriptedValue.Secret: String] = [:]
    /// The assertions in it, for the role to look at their signatures and times.
    private(set) var assertions: [SignedAssertion] = []

    /// Whether the path is the script's.
    private(set) var isHere = true

    /// Judges the query of a consent page.
    init(_ request: ArrivedRequest, by script: ConsentScript) {
        compare(request.query, with: script.query, "the query")
        compare(spaces: request.encoded, with: script.spaces)
    }

    /// Judges any other request.
    init(_ request: ArrivedRequest, by script: RequestScript) {
        check(.text(request.path), script.path, "the path")
        isHere = deviations.isEmpty
        if request.method != script.method { deviations.append("\(request.method) instead of \(script.method)") }
        compare(request.query, with: script.query, "the query")
        if request.format != script.format {
            deviations.append("the body is of format \(request.format.rawValue), not \(script.format.rawValue)")
        }
        compare(request.body, with: script.body, "the body")
        compare(request.headers, with: script.headers)
        compare(request.headers[.authorization], with: script.authorization)
        compare(spaces: request.encoded, with: script.spaces)
    }

    private mutating func compare(
        _ arrived: [(name: String, value: ArrivedRequest.Value)], with expected: [String: ScriptedValue],
        _ place: String
    ) {
        for name in Set(arrived.map(\.name)).sorted() {
            if expected[name] == nil { deviations.append("\(name) is not expected in \(place)") }
            if arrived.count(where: { $0.name == name }) > 1 { deviations.append("\(name) stands twice in \(place)") }
        }
        for (name, value) in expected.sorted(by: { $0.key < $1.key }) {
            guard let given = arrived.first(where: { $0.name == name })?.value else {
                deviations.append("\(name) is missing in \(place)")
                continue
            }
            check(given, value, "\(name) in \(place)")
        }
    }

    private mutating func check(_ given: ArrivedRequest.Value, _ expected: ScriptedValue, _ name: String) {
        let fits: Bool
        switch (expected, given) {
        case (.exactly(let text), .text(let given)): fits = text == given
        case (.number(let number), .number(let given)): fits = number == given
        case (.flag(let flag), .flag(let given)): fits = flag == given
        case (.anything, let given): fits = given != .text("")
        case (.secret(let secret), .text(let given)):
            fits = !given.isEmpty
            if fits { note(secret, given) }
        case (.enclosed(let secret, let prefix, let suffix), .text(let given)):
            let length = given.utf8.count - prefix.utf8.count - suffix.utf8.count
            fits = given.hasPrefix(prefix) && given.hasSuffix(suffix) && length > 0
            if fits { note(secret, String(given.dropFirst(prefix.count).dropLast(suffix.count))) }
        case (.assertion(let script), .text(let given)):
            fits = true
            note(given, script, name)
        default: fits = false
        }
        if !fits { deviations.append("\(name) is not what is expected") }
    }

    private mutating func note(_ secret: ScriptedValue.Secret, _ text: String) {
        if let known = found[secret], known != text { deviations.append("two different \(secret.rawValue)s") }
        found[secret] = text
    }

    private mutating func note(_ text: String, _ script: AssertionScript, _ name: String) {
        do {
            let assertion = try SignedAssertion(text)
            deviations += script.deviations(of: assertion.claims).map { "\(name): \($0)" }
            assertions.append(assertion)
        } catch {
            deviations.append("\(name): \(error.description)")
        }
    }

    private mutating func compare(_ arrived: HTTPFields, with expected: [String: String]) {
        for (name, value) in expected.sorted(by: { $0.key < $1.key }) {
            let given = HTTPField.Name(name).map { arrived[values: $0] } ?? []
            if given != [value] { deviations.append("the header \(name) is not what is expected") }
        }
    }

    private mutating func compare(_ header: String?, with expected: RequestScript.Authorization) {
        switch expected {
        case .none:
            if header != nil { deviations.append("an Authorization header is not expected") }
        case .basic(let username, let password):
            if header.flatMap(ClientCredentials.basicPair) ?? ("", "") != (username, password) {
                deviations.append("the Authorization header is not the expected Basic pair")
            }
        case .bearer(let secret):
            let words = (header ?? "").split(separator: " ")
            guard words.count == 2, words[0] == "Bearer" else {
                deviations.append("the Authorization header holds no Bearer token")
                return
            }
            note(secret, String(words[1]))
        }
    }

    private mutating func compare(spaces encoded: String, with spaces: RequestScript.Spaces) {
        let unwanted = spaces == .plus ? "%20" : "+"
        if encoded.contains(unwanted) { deviations.append("a space is written \(unwanted)") }
    }
}

extension AssertionScript {
    fileprivate func deviations(of claims: SignedAssertion.Claims) -> [String] {
        var found: [String] = []
        if claims.aud != audience { found.append("another audience") }
        if claims.iss != issuer { found.append("another issuer") }
        if let subject, claims.sub != subject { found.append("another subject") }
        if claims.scope != scope { found.append("another scope") }
        return found
    }
}
