import Foundation
import X509

/// A client certificate whose chain is verified, reduced to what makes it a caller's: a SPIFFE X.509-SVID
/// (https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md, checked 2026-11-29).
struct PeerCertificate: Sendable, Hashable {
    /// Why it is no caller's, though an authority has signed it.
    enum Refusal: String, Error, CaseIterable {
        case unreadable = "it cannot be read"
        case authority = "it is an authority's certificate, not a caller's"
        case noURI = "it names no URI"
        case severalURIs = "it names several URIs"
        case wrongURI = "its URI is no SPIFFE ID"
        case wrongUse = "it is not for client authentication"
        case outOfDate = "it is not valid now"
    }

    let uri: String
    /// Seconds since 1970.
    let expires: Double

    /// - Parameter now: judged again here, since a resumed session shows a certificate without verifying it.
    init(_ certificate: Certificate, now: Date) throws(Refusal) {
        let extensions = certificate.extensions
        let uris: [String]
        do {
            if case .isCertificateAuthority? = try extensions.basicConstraints { throw Refusal.authority }
            if let usage = try extensions.keyUsage, usage.keyCertSign || usage.cRLSign { throw Refusal.authority }
            if let purposes = try extensions.extendedKeyUsage, !purposes.contains(.clientAuth) {
                throw Refusal.wrongUse
            }
            uris = (try extensions.subjectAlternativeNames ?? SubjectAlternativeNames()).compactMap {
                if case .uniformResourceIdentifier(let uri) = $0 { uri } else { nil }
            }
        } catch {
            throw error as? Refusal ?? .unreadable
        }
        guard let uri = uris.first else { throw .noURI }
        guard uris.count == 1 else { throw .severalURIs }
        guard WorkloadURI.isValid(uri) else { throw .wrongURI }
        guard certificate.notValidBefore <= now, now < certificate.notValidAfter else { throw .outOfDate }
        self.uri = uri
        expires = certificate.notValidAfter.timeIntervalSince1970
    }
}
