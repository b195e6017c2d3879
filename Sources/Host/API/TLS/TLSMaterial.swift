import Definitions
import Foundation
import NIOSSL
import Secrets

/// The files of a listener's TLS.
package struct TLSFiles: Sendable, Hashable {
    /// The server's chain, leaf first, and its key; PEM.
    package var certificate: String
    package var key: String
    /// In `mtls`: the authorities that client certificates must chain to, and who is a caller.
    package var clients: Clients?

    /// What `mtls` has beside.
    package struct Clients: Sendable, Hashable {
        package var authorities: String
        package var callers: String

        package init(authorities: String, callers: String) {
            self.authorities = authorities
            self.callers = callers
        }
    }

    /// - Parameter clients: nil in `enabled`.
    package init(certificate: String, key: String, clients: Clients? = nil) {
        self.certificate = certificate
        self.key = key
        self.clients = clients
    }

    var paths: [String] { [certificate, key] + (clients.map { [$0.authorities, $0.callers] } ?? []) }

    fileprivate func setting(_ name: String) -> String { (clients == nil ? "TLS_" : "MTLS_") + name }

    /// The settings whose files are good or bad together.
    var ofCertificates: String {
        clients == nil ? "TLS_CERT_FILE, TLS_KEY_FILE" : "MTLS_CERT_FILE, MTLS_KEY_FILE, MTLS_CLIENT_CERT_FILE"
    }
}

/// What was read from the files of certificates: good for new connections until something newer is.
struct TLSMaterial: Sendable {
    let context: NIOSSLContext
    /// When the server's certificate ends.
    let expires: Date

    /// What TLS 1.3 has is all forward secret and authenticated. Of TLS 1.2 the one suite of that kind that every client
    /// has (RFC 9325 §4.2, RFC 9113 §9.2.2), for either kind of key: there is no order that a client could choose by.
    private static let ciphers: [NIOTLSCipher] = [
        .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ]
    private static let longest = 1 << 20

    /// - Throws: `APIConfigurationError` that names the setting, what is wrong with its file, and what to do.
    init(_ files: TLSFiles) throws(APIConfigurationError) {
        let chain = try Self.certificates(files.certificate, files.setting("CERT_FILE"))
        let key = try Self.key(files.key, files.setting("KEY_FILE"))
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuiteValues = Self.ciphers
        configuration.applicationProtocols = ["http/1.1"]
        if let clients = files.clients {
            let authorities = try Self.certificates(clients.authorities, "MTLS_CLIENT_CERT_FILE")
            configuration.trustRoots = .certificates(authorities)
            // A client has no host name to compare; a certificate is required, and its chain is verified.
            configuration.certificateVerification = .noHostnameVerification
        }
        expires = Date(timeIntervalSince1970: TimeInterval(chain[0].notValidAfter))
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw Self.refuse(
                files.setting("KEY_FILE"), files.key, "the key does not fit the certificate of \(files.certificate)",
                "give the key that the first certificate of that file was made with")
        }
    }

    private static func certificates(
        _ path: String, _ setting: String
    ) throws(APIConfigurationError) -> [NIOSSLCertificate] {
        let bytes = try read(path, setting)
        guard !bytes.isEmpty, let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty
        else {
            throw refuse(
                setting, path, "it holds no PEM certificate",
                "write the chain in PEM, the server's own certificate first")
        }
        return certificates
    }

    private static func key(_ path: String, _ setting: String) throws(APIConfigurationError) -> NIOSSLPrivateKey {
        var bytes = try read(path, setting)
        defer { bytes.wipe() }
        guard !bytes.isEmpty, let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
            throw refuse(setting, path, "it holds no PEM private key", "write the key in PEM, without a passphrase")
        }
        return key
    }

    /// Who is a caller; it has nothing to do with the other files.
    static func callers(_ path: String) throws(APIConfigurationError) -> CallerTable {
        do {
            return try CallerTable(try read(path, "MTLS_CALLERS_FILE"), file: path)
        } catch let diagnostic as Diagnostic {
            throw APIConfigurationError(description: "MTLS_CALLERS_FILE: \(diagnostic)")
        } catch {
            throw error as? APIConfigurationError ?? APIConfigurationError(description: "MTLS_CALLERS_FILE: \(error)")
        }
    }

    private static func read(_ path: String, _ setting: String) throws(APIConfigurationError) -> [UInt8] {
        do {
            return try DiskFiles().read(path, most: longest).bytes
        } catch {
            throw refuse(setting, path, "it cannot be read", "give the path of a file that this user may read")
        }
    }

    private static func refuse(
        _ setting: String, _ path: String, _ message: String, _ remedy: String
    ) -> APIConfigurationError {
        APIConfigurationError(description: "\(setting): \(path): \(message)\n  hint: \(remedy)")
    }
}
