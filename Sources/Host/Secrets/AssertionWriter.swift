import ConnectorSDK
import Foundation
import Model

/// Writes and signs a JWT for client authentication or as a grant (RFC 7523 §3, RFC 7515 §3.1; SECURITY 16).
struct AssertionWriter {
    private let assertion: Assertion
    private let key: SigningKey
    private let now: Timestamp
    private let id: String
    private let text: (Value) throws -> String

    /// An assertion lives no longer, whatever the definition says.
    private static let longestLife: Duration = .seconds(300)
    /// Header members and claims that are the host's alone.
    private static let ownHeaders: Set<String> = ["alg", "jwk", "jku", "x5u", "crit", "b64"]
    private static let ownClaims: Set<String> = ["iss", "sub", "aud", "iat", "exp", "nbf", "jti"]

    /// - Parameter text: fills in what a header member or claim only names.
    init(
        _ assertion: Assertion, key: SigningKey, now: Timestamp, id: String, text: @escaping (Value) throws -> String
    ) throws {
        if let name = assertion.header.keys.sorted().first(where: Self.ownHeaders.contains) {
            throw SecretsError(.unusableAssertion, "The assertion's header `\(name)` is the host's; leave it out.")
        }
        if let name = assertion.claims.keys.sorted().first(where: Self.ownClaims.contains) {
            throw SecretsError(.unusableAssertion, "The assertion's claim `\(name)` is the host's; leave it out.")
        }
        guard assertion.lifetime > .zero else {
            throw SecretsError(.unusableAssertion, "The assertion's lifetime must be more than zero.")
        }
        self.assertion = assertion
        self.key = key
        self.now = now
        self.id = id
        self.text = text
    }

    /// The compact serialization.
    func write() throws -> String {
        let algorithm = try key.algorithm(asked: assertion.algorithm)
        let input = encode(try header(algorithm)) + "." + encode(try claims())
        return try input + "." + key.sign(Data(input.utf8), algorithm).base64URL
    }

    private func header(_ algorithm: SigningAlgorithm) throws -> [String: JSONValue] {
        var header: [String: JSONValue] = ["typ": .string("JWT")]
        if let id = key.id { header["kid"] = .string(id) }
        for (name, value) in assertion.header { header[name] = .string(try text(value)) }
        header["alg"] = .string(algorithm.rawValue)
        return header
    }

    private func claims() throws -> [String: JSONValue] {
        let seconds = now.milliseconds / 1000
        let life = min(assertion.lifetime, Self.longestLife).inMilliseconds / 1000
        var claims = try assertion.claims.mapValues { try $0.filled(text) }
        claims["iss"] = .string(try text(assertion.issuer))
        claims["sub"] = try assertion.subject.map { .string(try text($0)) }
        claims["aud"] = .string(assertion.audience)
        claims["iat"] = .number("\(seconds)")
        claims["exp"] = .number("\(seconds + max(1, life))")
        claims["jti"] = .string(id)
        return claims
    }

    private func encode(_ members: [String: JSONValue]) -> String {
        Data(JSONWriter.text(.object(members)).utf8).base64URL
    }
}
