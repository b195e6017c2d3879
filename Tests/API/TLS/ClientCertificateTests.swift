import ConnectorSDK
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Model
import NIOSSL
import Pipeline
import Synchronization
import Telemetry
import Testing
import X509

@testable import API

/// `TLS_MODE=mtls` (SECURITY.md line 32).
@Suite(.timeLimit(.minutes(2))) struct ClientCertificateTests {
    private let folder: TLSFolder
    private let log = LogLines()

    init() throws { folder = try TLSFolder() }

    struct Forged: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What is wrong with the leaf itself; nil where its chain is.
        let refusal: PeerCertificate.Refusal?
        let make: @Sendable (TestAuthority) throws -> TestAuthority.Issued?

        init(
            _ name: String, _ refusal: PeerCertificate.Refusal? = nil,
            _ make: @escaping @Sendable (TestAuthority) throws -> TestAuthority.Issued?
        ) {
            testDescription = name
            self.refusal = refusal
            self.make = make
        }

        /// A leaf that the right authority has signed.
        static func leaf(
            _ name: String, _ refusal: PeerCertificate.Refusal? = nil,
            _ change: @escaping @Sendable (inout TestAuthority.Leaf) -> Void
        ) -> Forged {
            Forged(name, refusal) { authority in
                var leaf = TestAuthority.Leaf()
                change(&leaf)
                return try authority.issue(leaf)
            }
        }
    }

    static let forged: [Forged] = [
        Forged("no certificate") { _ in nil },
        Forged("self-signed") { try $0.issue(isSelfSigned: true) },
        Forged("another authority of the same name") { _ in try TestAuthority().issue() },
        .leaf("expired", .outOfDate) { $0.end = Date(timeIntervalSinceNow: -60) },
        .leaf("not valid yet", .outOfDate) { $0.start = Date(timeIntervalSinceNow: 600) },
        .leaf("an authority's certificate", .authority) { $0.isAuthority = true },
        .leaf("may sign certificates", .authority) { $0.usage = KeyUsage(digitalSignature: true, keyCertSign: true) },
        .leaf("only a common name", .noURI) { $0.uris = [] },
        .leaf("only a DNS name", .noURI) { leaf in
            leaf.uris = []
            leaf.dnsNames = ["worker.example.org"]
        },
        .leaf("two URIs", .severalURIs) { $0.uris.append("spiffe://example.org/several") },
        .leaf("the same URI twice", .severalURIs) { $0.uris.append($0.uris[0]) },
        .leaf("another trust domain") { $0.uris = ["spiffe://example.com/worker"] },
        .leaf("a caller who stands not in the file") { $0.uris = ["spiffe://example.org/worker2"] },
        .leaf("no SPIFFE ID", .wrongURI) { $0.uris = ["https://example.org/worker"] },
        .leaf("a trust domain in capitals", .wrongURI) { $0.uris = ["spiffe://EXAMPLE.org/worker"] },
        .leaf("only for servers", .wrongUse) { $0.purposes = [.serverAuth] },
    ]

    @Test("SECURITY 32: forged client certificates get no connection, to no listener", arguments: forged)
    func forgery(_ forged: Forged) async throws {
        let shown = try forged.make(folder.authority)
        if let shown, let refusal = forged.refusal {
            #expect(throws: refusal) { try PeerCertificate(shown.certificate, now: Date()) }
        }
        let tls = try ListenerTLS(folder.mutual, logger: log.logger())
        let asked = Mutex(ContinuousClock.now)
        try await TestServer.run(TLSTests.routes, tls: tls) { server in
            let token = [("Authorization", "Bearer " + (try Tokens.make(Tokens.user)))]
            let client = try folder.client(server.http.port, shown)
            #expect(await client.get("/live") == nil)
            #expect(await client.get(TLSTests.hot, token) == nil)
            var older = client
            older.configuration.maximumTLSVersion = .tlsv12
            #expect(await older.get("/live") == nil)
            asked.withLock { $0 = .now }
        }
        let first = ContinuousClock.now - asked.withLock { $0 }
        try await metrics(tls) { port in
            let client = try folder.client(port, shown)
            #expect(await client.get("/metrics") == nil)
            asked.withLock { $0 = .now }
        }
        // A server ends when its connections have; TLS would wait five seconds for the end of one.
        let longest = max(first, ContinuousClock.now - asked.withLock { $0 })
        #expect(longest < .seconds(4), "a refused connection goes with its caller")
    }

    private func metrics(_ tls: ListenerTLS, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        let log = log
        try await TestServer.running(
            {
                makeMetricsServer(
                    gauges: { [] }, configuration: Tokens.configuration, registry: MetricsRegistry(),
                    logger: log.logger(), tls: tls, onListening: $0)
            }, body)
    }

    private func leaf(_ uri: String) throws -> TestAuthority.Issued {
        try folder.authority.issue(TestAuthority.Leaf(uris: [uri]))
    }

    @Test("a good certificate is a service with what the file gives it, on the hot path and beside it")
    func good() async throws {
        let tls = try ListenerTLS(folder.mutual, logger: log.logger())
        try await TestServer.run(TLSTests.routes, tls: tls) { server in
            let port = server.http.port
            let worker = try folder.client(port, try leaf("spiffe://example.org/worker"))
            #expect(
                await worker.get(TLSTests.hot)?.body == "service:spiffe://example.org/worker org-1 conn_1")
            #expect(await worker.get("/api/v1/things")?.body == "service:spiffe://example.org/worker")
            #expect(await worker.get("/live")?.body == "live")
            #expect(await worker.get(TLSTests.hot, [("X-Organization", "org-2")])?.status == 403)

            let several = try folder.client(port, try leaf("spiffe://example.org/several"))
            #expect(await several.get(TLSTests.hot)?.status == 422)
            #expect(
                await several.get(TLSTests.hot, [("X-Organization", "org-2")])?.body
                    == "service:spiffe://example.org/several org-2 conn_1")

            let scraper = try folder.client(port, try leaf("spiffe://example.org/scraper"))
            #expect(await scraper.get(TLSTests.hot)?.status == 403)

            var plain = TestAuthority.Leaf()
            (plain.purposes, plain.usage, plain.dnsNames) = (nil, nil, ["worker.example.org"])
            let bare = try folder.client(port, try folder.authority.issue(plain))
            #expect(await bare.get("/api/v1/things")?.status == 200)
        }
        try await metrics(tls) { port in
            let scraper = try folder.client(port, try leaf("spiffe://example.org/scraper"))
            #expect(await scraper.get("/metrics")?.status == 200)
        }
    }

    @Test("a token beside the certificate says who calls; one that is no good is not made good by the certificate")
    func tokens() async throws {
        let tls = try ListenerTLS(folder.mutual, logger: log.logger())
        try await TestServer.run(TLSTests.routes, tls: tls) { server in
            let worker = try folder.client(server.http.port, try leaf("spiffe://example.org/worker"))
            let token = try Tokens.make(Tokens.user(["orgId": "org-7"]))
            #expect(
                await worker.get(TLSTests.hot, [("Authorization", "Bearer \(token)")])?.body
                    == "user:u-1 org-7 conn_1")
            for wrong in ["Bearer x", "Basic dTpw", ""] {
                #expect(await worker.get(TLSTests.hot, [("Authorization", wrong)])?.status == 401)
            }
        }
    }

    @Test("who is taken out of the file is nobody at once, on connections that are open too")
    func withdrawal() async throws {
        let tls = try ListenerTLS(folder.mutual, logger: log.logger())
        try await TestServer.run(TLSTests.routes, tls: tls) { server in
            let worker = try folder.client(server.http.port, try leaf("spiffe://example.org/worker"))
            let token = [("Authorization", "Bearer " + (try Tokens.make(Tokens.user)))]
            try await worker.connected { (connection: inout TLSConversation) async throws in
                #expect(try await connection.get(TLSTests.hot).status == 200)
                try folder.write("callers.yaml", "callers: [{uri: spiffe://example.org/worker}]\n")
                tls.reload()
                #expect(try await connection.get(TLSTests.hot).status == 200)
                try folder.write("callers.yaml", "callers: []\n")
                tls.reload()
                #expect(try await connection.get(TLSTests.hot).status == 401)
                #expect(try await connection.get(TLSTests.hot, token).status == 401)
                #expect(await worker.get("/live") == nil)
                try folder.write("callers.yaml", TLSFolder.callers)
                tls.reload()
                #expect(try await connection.get(TLSTests.hot).status == 200)
            }
            #expect(
                server.log.text.contains("client certificate refused: spiffe://example.org/worker does not stand in"))
        }
    }

    @Test("callers come into force beside certificates that cannot be used, and the other way round; health is told")
    func eachByItself() async throws {
        let tls = try ListenerTLS(folder.mutual, logger: log.logger())
        try await TestServer.run(TLSTests.routes, tls: tls) { server in
            let worker = try folder.client(server.http.port, try leaf("spiffe://example.org/worker"))
            let certificate = try folder.authority.issue(.server)
            #expect(await worker.get("/live")?.status == 200 && tls.ills.isEmpty)
            try folder.write("server.pem", "garbage")
            try folder.write("callers.yaml", "callers: []\n")
            tls.reloadIfChanged()
            #expect(await worker.get("/live") == nil)
            #expect(tls.ills.count == 1 && tls.ills[0].hasPrefix("MTLS_CERT_FILE, MTLS_KEY_FILE"), "\(tls.ills)")

            try folder.writeServer(certificate)
            try folder.write("callers.yaml", TLSFolder.callers)
            tls.reloadIfChanged()
            #expect(await worker.get("/live")?.status == 200 && tls.ills.isEmpty)

            // Another authority's certificate, and no callers that could be read: those of before stay.
            let other = try TLSFolder()
            try folder.writeServer(try other.authority.issue(.server))
            try folder.write("callers.yaml", "callers: [{uri: x}]\n")
            tls.reloadIfChanged()
            #expect(await worker.get("/live") == nil)
            let trusting = try other.client(server.http.port, try leaf("spiffe://example.org/worker"))
            #expect(await trusting.get("/live")?.status == 200)
            #expect(tls.ills.count == 1 && tls.ills[0].hasPrefix("MTLS_CALLERS_FILE: "), "\(tls.ills)")
            #expect(!tls.ills[0].contains(folder.path("")), "health is read by everybody")
        }
    }

    @Test("nor does he see the metrics any more on a connection that is open")
    func scraper() async throws {
        let tls = try ListenerTLS(folder.mutual, logger: log.logger())
        try await metrics(tls) { port in
            let scraper = try folder.client(port, try leaf("spiffe://example.org/scraper"))
            try await scraper.connected { (connection: inout TLSConversation) async throws in
                #expect(try await connection.get("/metrics").status == 200)
                try folder.write("callers.yaml", "callers: []\n")
                tls.reload()
                let refused = try await connection.get("/metrics")
                #expect(refused.status == 401 && refused.code == "unauthenticated")
                #expect(refused.header("connection") == "close" && refused.header("retry-after") == nil)
                #expect(await scraper.get("/metrics") == nil)
            }
        }
    }

    @Test("a certificate that ends while its connection is open counts no longer; without a connection there is none")
    func end() async throws {
        let tls = try ListenerTLS(folder.mutual, logger: log.logger())
        let keys = try CallerKeys(user: Secret(Tokens.userSecret), service: nil)
        let clock = ManualTime(Tokens.now)
        let authenticator = CallerAuthenticator(keys: keys, configuration: Tokens.configuration, tls: tls) { clock.now }
        expect(.unauthenticated) { _ = try authenticator.caller(of: [:], requestID: "r") }
        let peer = ConnectedPeer()
        peer.certificate = try PeerCertificate(folder.authority.issue().certificate, now: Date())
        try ConnectedPeer.$current.withValue(peer) {
            let caller = try authenticator.caller(of: [:], requestID: "r")
            #expect(caller.name == "service:spiffe://example.org/worker")
            clock.seconds = 4_000_000_000
            expect(.unauthenticated) { _ = try authenticator.caller(of: [:], requestID: "r") }
        }
    }

    @Test("a new bundle of authorities counts for new connections") func authorities() async throws {
        let tls = try ListenerTLS(folder.mutual, logger: log.logger())
        let other = try TestAuthority("Other")
        try await TestServer.run(TLSTests.routes, tls: tls) { server in
            let worker = try folder.client(server.http.port, try leaf("spiffe://example.org/worker"))
            let successor = try folder.client(server.http.port, try other.issue())
            #expect(await successor.get("/live") == nil)
            try await worker.connected { (connection: inout TLSConversation) async throws in
                #expect(try await connection.get("/live").status == 200)
                try folder.write("authorities.pem", try other.pem)
                tls.reloadIfChanged()
                #expect(await worker.get("/live") == nil)
                #expect(await successor.get("/live")?.status == 200)
                #expect(try await connection.get("/live").status == 200)
            }
        }
    }
}
