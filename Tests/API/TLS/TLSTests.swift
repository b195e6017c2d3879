import Foundation
import HTTPTypes
import Logging
import Model
import NIOSSL
import Pipeline
import Telemetry
import Testing

@testable import API

/// `TLS_MODE=enabled`, and what both modes have in common.
@Suite(.timeLimit(.minutes(2))) struct TLSTests {
    private let folder: TLSFolder
    private let log = LogLines()

    init() throws { folder = try TLSFolder() }

    static let routes: [Route] = [
        .on(.get, "/api/v1/connections/{id}/token") { call, caller in
            .text("\(caller.name) \(caller.organization) \(try call.connection())")
        },
        .on(.get, "/api/v1/things") { _, caller in .text(caller.name) },
        .open(.get, "/live") { _ in .text("live") },
    ]
    static let hot = "/api/v1/connections/conn_1/token"

    @Test("the hot path, the framework's way and the guard of connections work over TLS; plain HTTP does not")
    func enabled() async throws {
        let tls = try ListenerTLS(folder.enabled, logger: log.logger())
        try await TestServer.run(Self.routes, tls: tls) { server in
            let client = try folder.client(server.http.port)
            let token = [("Authorization", "Bearer " + (try Tokens.make(Tokens.user)))]
            #expect(await client.get(Self.hot, token)?.body == "user:u-1 org-1 conn_1")
            #expect(await client.get("/api/v1/things", token)?.body == "user:u-1")
            #expect(await client.get("/live")?.body == "live")
            #expect(await client.get(Self.hot)?.status == 401)
            try await client.connected { (connection: inout TLSConversation) async throws in
                for _ in 0..<3 { #expect(try await connection.get(Self.hot, token).status == 200) }
                // What is no HTTP is told so, and then the connection ends.
                #expect(try await connection.send("junk\r\n\r\n").status == 400)
                #expect(try await connection.isClosed())
            }
            #expect(await server.http.get("/live").status == nil)
        }
    }

    @Test("older versions of TLS and a client that does not trust the certificate get no connection")
    func refusals() async throws {
        let tls = try ListenerTLS(folder.enabled, logger: log.logger())
        try await TestServer.run(Self.routes, tls: tls) { server in
            var old = try folder.client(server.http.port)
            old.configuration.minimumTLSVersion = .tlsv1
            old.configuration.maximumTLSVersion = .tlsv11
            #expect(await old.get("/live") == nil)
            var suspicious = try folder.client(server.http.port)
            suspicious.configuration.trustRoots = .certificates([])
            #expect(await suspicious.get("/live") == nil)
            var middle = try folder.client(server.http.port)
            middle.configuration.maximumTLSVersion = .tlsv12
            #expect(await middle.get("/live")?.body == "live")
            // One suite, so that no order of the client's chooses (decision 0024).
            middle.configuration.cipherSuiteValues = [.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]
            #expect(await middle.get("/live") == nil)
        }
    }

    @Test("SECURITY 40: new files come into force for new connections, and no connection is dropped")
    func reload() async throws {
        let tls = try ListenerTLS(folder.enabled, logger: log.logger())
        try await TestServer.run(Self.routes, tls: tls) { server in
            let client = try folder.client(server.http.port)
            try await client.connected { (connection: inout TLSConversation) async throws in
                #expect(try await connection.get("/live").status == 200)
                tls.reloadIfChanged()
                // Another authority's certificate: a new connection shows that it is there.
                let other = try TLSFolder()
                try folder.writeServer(try other.authority.issue(.server))
                tls.reloadIfChanged()
                #expect(await client.get("/live") == nil)
                #expect(await (try other.client(server.http.port)).get("/live")?.status == 200)
                #expect(try await connection.get("/live").status == 200)

                // Files that do not fit change nothing.
                for (name, text) in [("server.key", "no key"), ("server.pem", ""), ("server.key", try other.keyText())]
                {
                    try folder.write(name, text)
                    tls.reload()
                    #expect(await (try other.client(server.http.port)).get("/live")?.status == 200)
                }
                #expect(log.text.contains("those read before stay in force"))
                #expect(try await connection.get("/live").status == 200)
            }
        }
    }

    @Test func filesThatCannotBeUsedAreNamedWithARemedy() throws {
        try folder.write("other.key", try folder.authority.issue().keyPEM)
        try folder.write("empty", "")
        let (good, key) = (folder.path("server.pem"), folder.path("server.key"))
        let cases: [(TLSFiles, String)] = [
            (TLSFiles(certificate: "/no/such", key: key), "TLS_CERT_FILE: /no/such: it cannot be read"),
            (TLSFiles(certificate: folder.path("empty"), key: key), "it holds no PEM certificate"),
            (TLSFiles(certificate: good, key: folder.path("empty")), "it holds no PEM private key"),
            (TLSFiles(certificate: good, key: folder.path("other.key")), "the key does not fit the certificate of"),
            (
                TLSFiles(certificate: good, key: key, clients: .init(authorities: good, callers: key)),
                "MTLS_CALLERS_FILE: \(key):"
            ),
            (
                TLSFiles(certificate: good, key: key, clients: .init(authorities: key, callers: key)),
                "MTLS_CLIENT_CERT_FILE: \(key): it holds no PEM certificate"
            ),
            (
                TLSFiles(certificate: good, key: "/no", clients: .init(authorities: key, callers: key)),
                "MTLS_KEY_FILE: /no: it cannot be read"
            ),
        ]
        for (files, message) in cases {
            let error = #expect(throws: APIConfigurationError.self) { try ListenerTLS(files, logger: log.logger()) }
            #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
            #expect(error?.description.contains("hint: ") == true)
            #expect(error?.description.contains("PRIVATE KEY") == false)
        }
    }

    @Test func anExpiredCertificateIsWarnedOf() throws {
        var leaf = TestAuthority.Leaf.server
        leaf.end = Date(timeIntervalSinceNow: -60)
        try folder.writeServer(try folder.authority.issue(leaf))
        _ = try ListenerTLS(folder.enabled, logger: log.logger())
        #expect(log.text.contains("warning the server's certificate has expired"))
    }
}

extension TLSFolder {
    /// A key of nobody's.
    fileprivate func keyText() throws -> String { try authority.issue().keyPEM }
}
