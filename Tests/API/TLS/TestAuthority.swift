import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// An authority that signs what a test asks for, good or not.
struct TestAuthority: Sendable {
    /// A certificate with its key.
    struct Issued: Sendable {
        let certificate: Certificate
        let key: P256.Signing.PrivateKey

        var certificatePEM: String { get throws { try certificate.serializeAsPEM().pemString } }
        var keyPEM: String { key.pemRepresentation }
    }

    /// What a leaf is like; as it stands here, it is a good caller's.
    struct Leaf: Sendable {
        var uris = ["spiffe://example.org/worker"]
        var dnsNames: [String] = []
        /// Nil: no such extension.
        var purposes: [ExtendedKeyUsage.Usage]? = [.clientAuth]
        var isAuthority = false
        /// Nil: no such extension.
        var usage: KeyUsage? = KeyUsage(digitalSignature: true)
        var start = Date(timeIntervalSinceNow: -3600)
        var end = TestAuthority.end

        /// For a server that is called `localhost`.
        static let server = Leaf(uris: [], dnsNames: ["localhost"], purposes: [.serverAuth])
    }

    /// After the clock of `Tokens`.
    private static let end = Date(timeIntervalSince1970: 4_000_000_000)

    private let root: Issued

    /// - Parameter name: two authorities may have the same name, and still be two.
    init(_ name: String = "Authority") throws {
        let key = P256.Signing.PrivateKey()
        let extensions = try Certificate.Extensions([
            .init(BasicConstraints.isCertificateAuthority(maxPathLength: nil), critical: true),
            .init(KeyUsage(keyCertSign: true, cRLSign: true), critical: true),
        ])
        let named = try DistinguishedName { CommonName(name) }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
            notValidBefore: Date(timeIntervalSinceNow: -7200), notValidAfter: Self.end,
            issuer: named, subject: named, signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions,
            issuerPrivateKey: .init(key))
        root = Issued(certificate: certificate, key: key)
    }

    var pem: String { get throws { try root.certificatePEM } }

    /// A certificate of this authority.
    /// - Parameter isSelfSigned: it is signed with its own key instead.
    func issue(_ leaf: Leaf = Leaf(), isSelfSigned: Bool = false) throws -> Issued {
        let key = P256.Signing.PrivateKey()
        let subject = try DistinguishedName { CommonName("spiffe://example.org/worker") }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
            notValidBefore: leaf.start, notValidAfter: leaf.end,
            issuer: isSelfSigned ? subject : root.certificate.subject, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256, extensions: try Self.extensions(leaf),
            issuerPrivateKey: .init(isSelfSigned ? key : root.key))
        return Issued(certificate: certificate, key: key)
    }

    private static func extensions(_ leaf: Leaf) throws -> Certificate.Extensions {
        var all: [Certificate.Extension] = [
            try .init(
                leaf.isAuthority
                    ? BasicConstraints.isCertificateAuthority(maxPathLength: nil) : .notCertificateAuthority,
                critical: true)
        ]
        let names = leaf.uris.map { GeneralName.uniformResourceIdentifier($0) } + leaf.dnsNames.map { .dnsName($0) }
        if !names.isEmpty { all.append(try .init(SubjectAlternativeNames(names), critical: false)) }
        if let usage = leaf.usage { all.append(try .init(usage, critical: true)) }
        if let purposes = leaf.purposes { all.append(try .init(ExtendedKeyUsage(purposes), critical: false)) }
        return try Certificate.Extensions(all)
    }
}
