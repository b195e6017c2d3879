package import ConnectorSDK
package import Foundation

/// A JSON Web Token in its compact form (RFC 7515 §7.1) taken apart, its signature not yet looked at: until it is, what it
/// says are hints. ID tokens of providers and bearer tokens of callers are read here.
package struct SignedToken: Sendable {
    /// Why a signature does not count.
    package enum Refusal: Error, Sendable, Hashable {
        /// It brings a key, names a place for one, or wants to be read in another way.
        case header
        /// `none`, a symmetric one, or one that is not on the list.
        case algorithm
        /// No key of the set has that id, or none fits the algorithm.
        case unknownKey
        case signature
    }

    /// Header members that lead to another key or to another reading.
    private static let refusedHeaders: Set = ["crit", "b64", "zip", "enc", "jwk", "jku", "x5c", "x5u"]

    package let header: [String: JSONValue]
    package let claims: [String: JSONValue]
    /// `header.payload` as it came.
    package let signed: Data
    package let signature: Data

    /// Nil for what is no such token, or longer than so many bytes.
    package init?(_ text: some StringProtocol, longest: Int) {
        guard text.utf8.count <= longest else { return nil }
        let parts = Array(text.utf8).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let signature = base64URLDecoded(parts[2]), let header = Self.object(parts[0]),
            let claims = Self.object(parts[1])
        else { return nil }
        self.header = header
        self.claims = claims
        self.signature = Data(signature)
        signed = Data(parts[0] + [UInt8(ascii: ".")] + parts[1])
    }

    /// Whether the header leads to another key or another reading.
    package var hasRefusedHeader: Bool { !Self.refusedHeaders.isDisjoint(with: header.keys) }

    /// - Parameter keys: nothing that the token itself brings is a key.
    /// - Throws: why the signature does not count.
    package func verify(with keys: VerificationKeys) throws(Refusal) {
        guard !hasRefusedHeader else { throw .header }
        guard case .string(let name)? = header["alg"], let algorithm = VerificationAlgorithm(rawValue: name) else {
            throw .algorithm
        }
        let id: String? = if case .string(let text)? = header["kid"] { text } else { nil }
        guard header["kid"] == nil || id != nil else { throw .header }
        guard let key = keys.key(id, for: algorithm) else { throw .unknownKey }
        guard key.isSignature(signature, of: signed, algorithm) else { throw .signature }
    }

    private static func object(_ part: ArraySlice<UInt8>) -> [String: JSONValue]? {
        guard let bytes = base64URLDecoded(part), case .object(let members)? = try? JSONReader.read(bytes) else {
            return nil
        }
        return members
    }
}
