import ConnectorSDK

/// A JSON Web Token (RFC 7519) taken apart, its signature not yet looked at. Only what HS256 callers need is read:
/// header members that could lead to another key or another reading are refused.
struct BearerToken {
    /// The longest token that is looked at, in bytes.
    static let longest = 8192
    private static let refusedHeaders: Set = [
        "crit", "b64", "zip", "enc", "jwk", "jku", "x5c", "x5u", "x5t", "x5t#S256",
    ]

    /// `header.payload` as it came.
    let signed: [UInt8]
    let signature: [UInt8]
    let claims: [String: JSONValue]

    /// - Throws: `CallerRefusal.malformed` or `.algorithm`.
    init(_ text: some StringProtocol) throws(CallerRefusal) {
        guard text.utf8.count <= Self.longest else { throw .malformed }
        let parts = Array(text.utf8).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let signature = base64URLDecoded(parts[2]) else { throw .malformed }
        guard let header = Self.object(parts[0]), let claims = Self.object(parts[1]) else { throw .malformed }
        guard header["alg"] == .string("HS256") else { throw .algorithm }
        guard header.keys.allSatisfy({ !Self.refusedHeaders.contains($0) }), Self.isJWT(header["typ"]) else {
            throw .malformed
        }
        signed = Array(parts[0]) + [UInt8(ascii: ".")] + Array(parts[1])
        self.signature = signature
        self.claims = claims
    }

    private static func object(_ part: ArraySlice<UInt8>) -> [String: JSONValue]? {
        guard let bytes = base64URLDecoded(part), case .object(let members)? = try? JSONReader.read(bytes) else {
            return nil
        }
        return members
    }

    private static func isJWT(_ type: JSONValue?) -> Bool {
        guard let type else { return true }
        guard case .string(let text) = type else { return false }
        return ["jwt", "at+jwt"].contains(text.lowercased())
    }
}

/// Why a caller is not known. Before the signature is verified nothing is told that the sender does not know.
enum CallerRefusal: Error, Hashable {
    case missing
    case malformed
    case algorithm
    case untrusted
    case expired
    case notYetValid
    case wrongIssuer
    case wrongAudience
    case claims(String)

    var detail: String {
        switch self {
        case .missing: "Send a bearer token in the Authorization header."
        case .malformed: "The bearer token is no JWT that can be read here."
        case .algorithm: "The bearer token must be signed with HS256."
        case .untrusted: "The bearer token is not signed by a known key."
        case .expired: "The bearer token has expired."
        case .notYetValid: "The bearer token is not valid yet."
        case .wrongIssuer: "The bearer token comes from another issuer."
        case .wrongAudience: "The bearer token is for another audience."
        case .claims(let detail): "The bearer token's claims do not fit: \(detail)."
        }
    }
}
