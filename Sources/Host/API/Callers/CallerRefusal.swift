/// Why a caller is not known. Before the signature is verified nothing is told that the sender does not know.
enum CallerRefusal: Error, Hashable {
    case missing
    case malformed
    case algorithm
    case untrusted
    /// As `untrusted` to the sender; newer keys may know better.
    case unknownKey
    case expired
    case notYetValid
    case wrongIssuer
    case wrongAudience
    case claims(String)
    case certificate

    var detail: String {
        switch self {
        case .missing: "Send a bearer token in the Authorization header."
        case .malformed: "The bearer token is no JWT that can be read here."
        case .algorithm: "The bearer token is signed with an algorithm that is not taken here."
        case .untrusted, .unknownKey: "The bearer token is not signed by a known key."
        case .expired: "The bearer token has expired."
        case .notYetValid: "The bearer token is not valid yet."
        case .wrongIssuer: "The bearer token comes from another issuer."
        case .wrongAudience: "The bearer token is for another audience."
        case .certificate: "The connection's client certificate is no caller's, or no longer."
        case .claims(let detail): "The bearer token's claims do not fit: \(detail)."
        }
    }
}
