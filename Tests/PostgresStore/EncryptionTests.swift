import Foundation
import Model
import PostgresServer
import StoreContract
import Testing

@testable import PostgresStore

/// SECURITY.md line 39, against a server with a certificate for `localhost`.
@Suite struct EncryptionTests {
    @Test func `a connection over TLS verifies the server's name and authority (SECURITY 39)`() async throws {
        let server = try Self.encryptedServer()
        try await TestDatabase.with(server) { database in
            // Its name leads here, so all that a network needs is asked of it.
            let verified = database.url.replacing("127.0.0.1", with: "localhost") + "?sslmode=verify-full&sslrootcert="
            let store = try database.open(verified + server.folder + "/server.pem")
            try await store.check()
            let ciphers = try database.sql(
                "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl AND usename LIKE '%login'"
            )
            #expect(try #require(Int(ciphers)) > 0)
            try await store.close()

            // Another authority; the right one for another name.
            for wrong in [
                verified + "/etc/ssl/certs/ca-certificates.crt",
                database.url + "?sslmode=verify-full&sslrootcert=" + server.folder + "/server.pem",
            ] {
                let error = #expect(throws: StoreError.self) { try database.open(wrong) }
                #expect(error?.code == .unavailable)
                #expect(error?.detail.contains("certificate") == true, "\(String(describing: error))")
            }
        }
    }

    private static func encryptedServer() throws -> PostgresServer {
        let server = try PostgresServer(settings: ["ssl = off"])
        try server.stopImmediately()
        try PostgresServer.run([
            "/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-keyout", server.folder + "/server.key",
            "-out", server.folder + "/server.pem",
        ])
        try server.append(
            [
                "ssl = on", "ssl_cert_file = '\(server.folder)/server.pem'",
                "ssl_key_file = '\(server.folder)/server.key'",
            ],
            to: "postgresql.conf")
        try server.start()
        return server
    }
}
