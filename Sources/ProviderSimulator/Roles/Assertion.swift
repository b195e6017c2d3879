import Foundation

/// A signed JWT that a client made about itself (RFC 7523), taken apart. Its signature is looked at by whoever knows the
/// client's key.
struct Assertion: Sendable {
    let issuer: String?
    let subject: String?
    let audience: String?
    let id: String?
    /// Seconds since 1970.
    let issuedAt: Double?
    let expiresAt: Double?
    private let claims: [String: String]

    /// The longest an assertion may live, in seconds.
    static let longestLifetime = 300.0

    /// Reads a compact JWS whose payload is an object. Nil for anything else, and for `alg: none`.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[2].isEmpty, let header = Self.object(parts[0]), let body = Self.object(parts[1]),
            let algorithm = header["alg"] as? String, algorithm != "none"
        else { return nil }
        (issuer, subject, audience) = (body["iss"] as? String, body["sub"] as? String, body["aud"] as? String)
        id = body["jti"] as? String
        (issuedAt, expiresAt) = (body["iat"] as? Double, body["exp"] as? Double)
        claims = body.compactMapValues { $0 as? String }
    }

    /// What differs from a script.
    func deviations(from script: AssertionScript) -> [String] {
        var found: [String] = []
        if audience != script.audience { found.append("another audience") }
        if issuer != script.issuer { found.append("another issuer") }
        if let expected = script.subject, subject != expected { found.append("another subject") }
        for (name, value) in script.claims where claims[name] != value { found.append("another claim \(name)") }
        return found.sorted()
    }

    /// What is wrong with its times.
    func deviations(at now: Date) -> [String] {
        guard let issuedAt, let expiresAt, id != nil else { return ["an assertion has no iat, exp or jti"] }
        let now = now.timeIntervalSince1970
        if expiresAt <= now || issuedAt > now + 5 { return ["an assertion is not good now"] }
        return expiresAt - issuedAt > Self.longestLifetime ? ["an assertion lives longer than five minutes"] : []
    }

    private static func object(_ part: Substring) -> [String: Any]? {
        var base64 = String(part).replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.count % 4) % 4)
        return Data(base64Encoded: base64).flatMap { try? JSONSerialization.jsonObject(with: $0) as? [String: Any] }
    }
}
