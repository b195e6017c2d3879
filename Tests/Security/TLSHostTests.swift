import Foundation
import Glibc
import TestSupport
import Testing

/// `TLS_MODE` at a real host (SECURITY.md lines 32 and 40), asked by another program's TLS.
@Suite(.serialized) struct TLSHostTests {
    private static let material = """
        set -e
        key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
        openssl req -x509 $key -keyout ca.key -out ca.pem -days 30 -subj /CN=ca
        leaf() { # name, subject alternative name
            openssl req $key -keyout $1.key -out $1.csr -subj /CN=$1
            echo "subjectAltName=$2" > $1.ext
            openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile $1.ext -out $1.pem
        }
        leaf server DNS:localhost
        leaf worker URI:spiffe://example.org/worker
        leaf stranger URI:spiffe://example.org/stranger
        """
    private static let callers =
        "callers: [{uri: spiffe://example.org/worker, organizations: [org-1], scopes: [connector:read]}]\n"

    /// Prints the status and the body; ends with another code than 0 when there is no connection.
    private static let asking = """
        import http.client, ssl, sys
        port, folder, name, path = sys.argv[1:]
        context = ssl.create_default_context(cafile=folder + "/ca.pem")
        if name:
            context.load_cert_chain(folder + "/" + name + ".pem", folder + "/" + name + ".key")
        connection = http.client.HTTPSConnection("localhost", int(port), context=context, timeout=20)
        connection.request("GET", path)
        answer = connection.getresponse()
        print(answer.status, answer.read().decode())
        """

    private static func ask(_ host: TestHost, _ path: String, as name: String, port: Int? = nil) async throws -> Int? {
        try await answer(host, path, as: name, port: port).flatMap {
            $0.split(separator: " ").first.flatMap { Int($0) }
        }
    }

    private static func answer(
        _ host: TestHost, _ path: String, as name: String, port: Int? = nil
    ) async throws -> String? {
        let result = try await Tool.run(
            ["python3", "-c", asking, "\(port ?? host.port)", host.folder.path, name, path],
            log: Tool.log(in: host.folder, "ask"))
        return result.code == 0 ? result.output : nil
    }

    private static func makeHost() async throws -> TestHost {
        let host = try TestHost("mtls")
        let made = try await Tool.run(
            ["sh", "-c", "cd '\(host.folder.path)'\n\(material)"], log: Tool.log(in: host.folder, "openssl"))
        try #require(made.code == 0, "\(made.output)")
        try write(callers, host)
        return host
    }

    private static func write(_ callers: String, _ host: TestHost) throws {
        try Data(callers.utf8).write(to: host.folder.appendingPathComponent("callers.yaml"), options: .atomic)
    }

    private static func mutual(_ host: TestHost) -> [String: String] {
        let folder = host.folder.path
        return [
            "TLS_MODE": "mtls", "MTLS_CERT_FILE": "\(folder)/server.pem", "MTLS_KEY_FILE": "\(folder)/server.key",
            "MTLS_CLIENT_CERT_FILE": "\(folder)/ca.pem", "MTLS_CALLERS_FILE": "\(folder)/callers.yaml",
        ]
    }

    @Test("SECURITY 32, 40: every listener wants a caller's certificate, and the file of callers is read again")
    func mutualTLS() async throws {
        let host = try await Self.makeHost()
        let child = try host.launch(more: Self.mutual(host))
        try await eventually("the host is ready; see \(child.log.path)", within: .seconds(60), every: .milliseconds(50))
        {
            if let end = child.end { throw Failure("the host ended (\(end)): \(try host.printed().suffix(2000))") }
            return try await Self.ask(host, "/ready", as: "worker") == 200
        }
        #expect(try await Self.ask(host, "/api/v1/connectors", as: "worker") == 200)
        #expect(try await Self.ask(host, "/api/v1/events", as: "worker") == 403)
        #expect(try await Self.ask(host, "/metrics", as: "worker", port: host.metricsPort) == 200)
        for name in ["", "stranger"] {
            #expect(try await Self.ask(host, "/live", as: name) == nil)
            #expect(try await Self.ask(host, "/metrics", as: name, port: host.metricsPort) == nil)
        }
        try Self.write(Self.callers.replacing("worker", with: "stranger"), host)
        try await eventually("the new callers are known", every: .milliseconds(100)) {
            try await Self.ask(host, "/api/v1/connectors", as: "stranger") == 200
        }
        #expect(try await Self.ask(host, "/live", as: "worker") == nil)

        // Nor does a certificate that is broken keep anybody in.
        let certificate = host.folder.appendingPathComponent("server.pem")
        let good = try Data(contentsOf: certificate)
        try Data("garbage".utf8).write(to: certificate, options: .atomic)
        try Self.write(Self.callers, host)
        try await eventually("the callers of before are known again", every: .milliseconds(100)) {
            try await Self.ask(host, "/api/v1/connectors", as: "worker") == 200
        }
        #expect(try await Self.ask(host, "/live", as: "stranger") == nil)
        let ill = try await Self.answer(host, "/api/v1/health", as: "worker")
        #expect(ill?.hasPrefix("200 ") == true && ill?.contains(#""status":"degraded""#) == true, "\(ill ?? "")")
        #expect(ill?.contains("MTLS_CERT_FILE") == true && ill?.contains(host.folder.path) == false)
        try good.write(to: certificate, options: .atomic)
        try await eventually("the certificate is read again", every: .milliseconds(100)) {
            try await Self.answer(host, "/api/v1/health", as: "worker")?.contains("MTLS_CERT_FILE") == false
        }
        try await host.stop(child)
    }

    @Test("files that do not fit each other end the start with exit code 2, before anything is made")
    func wrongFiles() async throws {
        let host = try await Self.makeHost()
        let key = try await host.command(
            "serve", more: Self.mutual(host).merging(["MTLS_KEY_FILE": host.folder.path + "/worker.key"]) { $1 })
        #expect(key.code == 2)
        #expect(key.output.contains("MTLS_KEY_FILE") && key.output.contains("does not fit the certificate"))
        try Self.write("callers: [{uri: x}]\n", host)
        let callers = try await host.command("serve", more: Self.mutual(host))
        #expect(callers.code == 2 && callers.output.contains("callers.yaml:1:17"), "\(callers.output)")
        #expect(!FileManager.default.fileExists(atPath: host.database.path), "nothing was made")
    }
}
