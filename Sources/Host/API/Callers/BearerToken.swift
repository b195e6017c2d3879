import ConnectorSDK
import Secrets

/// A caller's token taken apart, its signature not yet looked at. Header members that could lead to another key or
/// another reading are refused.
struct BearerToken {
    /// The longest token that is looked at, in bytes.
    static let longest = 8192
    private static let refusedHeaders: Set = ["x5t", "x5t#S256"]

    let token: SignedToken
    /// HS256; else one of `VerificationAlgorithm`.
    let isSymmetric: Bool

    var claims: [String: JSONValue] { token.claims }

    /// - Parameter takesAsymmetric: whether there are keys that such a token could be signed by.
    /// - Throws: `CallerRefusal.malformed` or `.algorithm`.
    init(_ text: some StringProtocol, takesAsymmetric: Bool = false) throws(CallerRefusal) {
        guard let token = SignedToken(text, longest: Self.longest) else { throw .malformed }
        guard case .string(let algorithm)? = token.header["alg"] else { throw .algorithm }
        isSymmetric = algorithm == "HS256"
        guard isSymmetric || takesAsymmetric && VerificationAlgorithm(rawValue: algorithm) != nil else {
            throw .algorithm
        }
        guard !token.hasRefusedHeader, Self.refusedHeaders.isDisjoint(with: token.header.keys),
            Self.isJWT(token.header["typ"])
        else { throw .malformed }
        self.token = token
    }

    private static func isJWT(_ type: JSONValue?) -> Bool {
        guard let type else { return true }
        guard case .string(let text) = type else { return false }
        return ["jwt", "at+jwt"].contains(text.lowercased())
    }
}
