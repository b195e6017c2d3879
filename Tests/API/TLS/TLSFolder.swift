import Foundation
import NIOSSL

@testable import API

/// The files of a listener's TLS in a folder of their own, gone with the value.
final class TLSFolder: Sendable {
    let authority: TestAuthority
    private let folder: URL

    static let callers = """
        callers:
          - uri: spiffe://example.org/worker
            organizations: [org-1]
            scopes: [token:read]
          - uri: spiffe://example.org/several
            organizations: [org-1, org-2]
            scopes: [token:read, token:refresh]
          - uri: spiffe://example.org/scraper
            organizations: []
            scopes: []
        """

    init() throws {
        authority = try TestAuthority()
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try writeServer(try authority.issue(.server))
        try write("authorities.pem", try authority.pem)
        try write("callers.yaml", Self.callers)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name), options: .atomic)
    }

    func writeServer(_ issued: TestAuthority.Issued) throws {
        try write("server.pem", try issued.certificatePEM)
        try write("server.key", issued.keyPEM)
    }

    var enabled: TLSFiles { TLSFiles(certificate: path("server.pem"), key: path("server.key")) }

    var mutual: TLSFiles {
        TLSFiles(
            certificate: path("server.pem"), key: path("server.key"),
            clients: .init(authorities: path("authorities.pem"), callers: path("callers.yaml")))
    }

    /// A client that trusts this authority, and shows a certificate if it has one.
    func client(_ port: Int, _ shown: TestAuthority.Issued? = nil) throws -> TLSClient {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(try authority.pem.utf8)))
        if let shown {
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(try shown.certificatePEM.utf8))
            configuration.certificateChain = chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(shown.keyPEM.utf8), format: .pem))
        }
        return TLSClient(port: port, configuration: configuration)
    }
}
