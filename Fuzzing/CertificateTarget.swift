import Crypto
import Definitions
import Foundation
import SwiftASN1
import X509

/// A client certificate whose chain is taken as verified. The first byte says what the rest is: the certificate's DER; the
/// URIs that one of a known authority names, one a line, behind a byte of what else it says; or a file of callers.
enum CertificateTarget: Target {
    private static let key = P256.Signing.PrivateKey()
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    static func seeds(_ repository: URL) throws -> [[UInt8]] {
        let names = [
            "spiffe://example.org/worker", "spiffe://example.org/a/b-c/d_e.F", "spiffe://example.org",
            "spiffe://example.org/", "spiffe://EXAMPLE.org/worker", "spiffe://example.org/../worker",
            "spiffe://u@example.org/w", "spiffe://example.org:8/w", "spiffe://example.org/w?x",
            "spiffe://example.org/w#x",
            "spiffe://example.org/%77", "https://example.org/w", "",
            "spiffe://example.org/one\nspiffe://example.org/two",
        ]
        let named = names.flatMap { name in (UInt8(0)...4).map { traits -> [UInt8] in [1, traits] + Array(name.utf8) } }
        let whole = try names.prefix(4).map { name -> [UInt8] in [0] + (try encoded(certificate(naming: [name], 0))) }
        let callers = [
            "callers:\n  - uri: spiffe://example.org/worker\n    organizations: [org-1]\n    scopes: [token:read]\n",
            "callers: []", "callers: [{uri: x}]", "caller: 1",
        ]
        return named + whole + callers.map { text -> [UInt8] in [2] + Array(text.utf8) }
    }

    static func run(_ bytes: [UInt8]) {
        guard let kind = bytes.first else { return }
        switch kind % 3 {
        case 0: if let found = try? Certificate(derEncoded: Array(bytes.dropFirst())) { check(found) }
        case 1: named(bytes.dropFirst())
        default: callers(Array(bytes.dropFirst()))
        }
    }

    /// What is made here is read back, and taken exactly where it should be.
    private static func named(_ bytes: ArraySlice<UInt8>) {
        guard let traits = bytes.first else { return }
        let names = bytes.dropFirst().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .compactMap { String(validating: $0, as: UTF8.self) }
        guard let made = try? certificate(naming: names, traits), let der = try? encoded(made),
            let found = try? Certificate(derEncoded: der)
        else { return }
        let isGood = traits % 5 == 0 && names.count == 1 && isWorkload(names[0])
        invariant(check(found) == isGood, "taken: \(!isGood), \(traits % 5) \(names)")
    }

    @discardableResult
    private static func check(_ found: Certificate) -> Bool {
        guard let taken = try? PeerCertificate(found, now: now) else { return false }
        invariant(isWorkload(taken.uri), "no SPIFFE ID: \(taken.uri)")
        invariant(taken.expires > now.timeIntervalSince1970, "one that has ended")
        return true
    }

    private static func callers(_ bytes: [UInt8]) {
        do {
            _ = try CallerTable(bytes, file: "callers.yaml")
        } catch {
            invariant(error.line >= 1 && error.column >= 1 && !error.message.isEmpty, "no place: \(error)")
        }
    }

    /// SPIFFE-ID, read by other code than the product's: a URL with a lower-case host, a path of whole segments and
    /// nothing else.
    private static func isWorkload(_ text: String) -> Bool {
        guard text.utf8.count <= 255,
            let match = text.wholeMatch(of: #/spiffe://[a-z0-9._-]+(?<path>(/[A-Za-z0-9._-]+)+)/#)
        else { return false }
        return !match.output.path.split(separator: "/").contains { $0 == "." || $0 == ".." }
    }

    /// - Parameter traits: 0 a good caller's; 1 an authority's, 2 one that signs others, 3 a server's, 4 one of yesterday.
    private static func certificate(naming names: [String], _ traits: UInt8) throws -> Certificate {
        let traits = traits % 5
        let subject = try DistinguishedName { CommonName("caller") }
        let basic: BasicConstraints =
            traits == 1 ? .isCertificateAuthority(maxPathLength: nil) : .notCertificateAuthority
        var extensions: [Certificate.Extension] = [
            try .init(basic, critical: true),
            try .init(KeyUsage(digitalSignature: true, keyCertSign: traits == 2), critical: true),
            try .init(ExtendedKeyUsage([traits == 3 ? .serverAuth : .clientAuth]), critical: false),
        ]
        let general = names.map { GeneralName.uniformResourceIdentifier($0) }
        extensions.append(try .init(SubjectAlternativeNames(general), critical: false))
        return try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(bytes: [1]), publicKey: .init(key.publicKey),
            notValidBefore: now - 7200, notValidAfter: traits == 4 ? now - 3600 : now + 3600, issuer: subject,
            subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions(extensions), issuerPrivateKey: .init(key))
    }

    private static func encoded(_ certificate: Certificate) throws -> [UInt8] {
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return serializer.serializedBytes
    }
}
