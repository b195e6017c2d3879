import ConnectorSDK
import Crypto
import Foundation
import Logging
import Model
import Pipeline
import Secrets

/// A caller's token: the first byte says who has signed it, if anybody; then its header, a line break, its claims. Nobody
/// gets in whom no key of ours has let in, and what a key signed is never taken for what the other kind may do.
enum TokenTarget: Target {
    private enum Signer: UInt8, CaseIterable {
        /// The text is the whole token.
        case nobody
        case userSecret, serviceSecret
        case keyOfTheSet
        /// The public key as if it were a shared secret.
        case publicKey
    }

    private static let users = "user-secret-0123456789-0123456789-0123"
    private static let services = "service-secret-0123456789-0123456789-0"
    private static let key = P256.Signing.PrivateKey()
    /// Made once: they cost more than all that is read of an input.
    private static let secrets: [Signer: SymmetricKey] = [
        .userSecret: users, .serviceSecret: services, .publicKey: key.publicKey.pemRepresentation,
    ].mapValues { SymmetricKey(data: Data($0.utf8)) }

    private static let keys: CallerKeys = blocking {
        let set = CallerKeySet(logger: Logger(label: "keys") { _ in SwiftLogNoOpLogHandler() }) { document }
        _ = await set.refresh()
        guard let keys = try? CallerKeys(user: Secret(users), service: Secret(services), set: set) else {
            fatalError("the keys cannot be made")
        }
        return keys
    }

    private static var document: Data {
        let point = key.publicKey.x963Representation.dropFirst()
        let (x, y) = (text(point.prefix(32)), text(point.suffix(32)))
        return Data(#"{"keys":[{"kty":"EC","crv":"P-256","kid":"k1","x":"\#(x)","y":"\#(y)"}]}"#.utf8)
    }

    static func seeds(_ repository: URL) throws -> [[UInt8]] {
        let headers = [
            #"{"alg":"HS256","typ":"JWT"}"#, #"{"alg":"ES256","kid":"k1"}"#, #"{"alg":"none"}"#, #"{"alg":"ES256"}"#,
            #"{"alg":"HS256","jwk":{"kty":"oct","k":"AA"}}"#, #"{"alg":"ES256","kid":"k1","crit":["exp"]}"#,
        ]
        let claims = [
            #"{"orgId":"org-1","userId":"ada","role":"admin","exp":4000000000}"#,
            #"{"orgId":["org-1","org-2"],"scopes":["token:read"],"sub":"worker","connectors":["github"],"exp":4e9}"#,
            #"{"orgId":"org-1","userId":"ada","role":"member","scopes":[],"exp":4000000000,"nbf":1.5,"iat":-1}"#,
            #"{"orgId":"-","sub":"\u0000","scopes":"all","exp":"soon"}"#,
        ]
        // Else nothing behind the signatures would ever be reached.
        for (signer, header, claim) in [(Signer.userSecret, 0, 0), (.serviceSecret, 0, 1), (.keyOfTheSet, 1, 1)] {
            let good = token(Array("\(headers[header])\n\(claims[claim])".utf8)[...], signer)
            invariant(good.flatMap(read) != nil, "a good token of \(signer) is not taken")
        }
        let signed = Signer.allCases.dropFirst().flatMap { signer in
            headers.flatMap { header in claims.map { [signer.rawValue] + Array("\(header)\n\($0)".utf8) } }
        }
        let whole = headers.flatMap { header in
            claims.map { claim in
                [Signer.nobody.rawValue] + Array("\(text(Data(header.utf8))).\(text(Data(claim.utf8))).AAAA".utf8)
            }
        }
        return signed + whole
    }

    static func run(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        let signer = Signer.allCases[Int(first) % Signer.allCases.count]
        guard let token = token(bytes.dropFirst(), signer) else { return }
        let claims = read(token)
        invariant(claims == read(token), "read otherwise the second time")
        guard let claims else { return }
        invariant(!claims.organizations.isEmpty, "a caller of no organization")
        for id in claims.organizations {
            let isVisible = id.description.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            invariant(isVisible && id.description != "-", "an organization that is none: \(id)")
        }
        invariant(!claims.expires.isNaN && !claims.notBefore.isNaN, "a time that is none")
        switch (signer, claims.identity) {
        case (.userSecret, .user), (.serviceSecret, .service), (.keyOfTheSet, .user), (.keyOfTheSet, .service): break
        default: fatalError("\(signer) has made \(claims.identity)")
        }
        invariant((claims.keySet != nil) == (signer == .keyOfTheSet), "another key than the one that signed")
    }

    private static func read(_ token: String) -> CallerClaims? {
        guard let bearer = try? BearerToken(token, takesAsymmetric: true) else { return nil }
        return try? keys.claims(of: bearer)
    }

    private static func token(_ bytes: ArraySlice<UInt8>, _ signer: Signer) -> String? {
        if signer == .nobody { return String(validating: bytes, as: UTF8.self) }
        let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let signed = parts.map { text(Data($0)) }.joined(separator: ".")
        return "\(signed).\(text(signature(of: Data(signed.utf8), by: signer)))"
    }

    private static func signature(of input: Data, by signer: Signer) -> Data {
        if let secret = secrets[signer] {
            return Data(HMAC<SHA256>.authenticationCode(for: input, using: secret))
        }
        return signer == .keyOfTheSet ? (try? key.signature(for: input).rawRepresentation) ?? Data() : Data()
    }

    /// base64url (RFC 4648 §5).
    private static func text(_ data: Data) -> String {
        let bytes = data.base64EncodedData().compactMap { byte -> UInt8? in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="): nil
            default: byte
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
