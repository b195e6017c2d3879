import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// What a provider receives, and what it cannot make the host do.
@Suite(.serialized) struct ProviderCallTests {
    @Test("SECURITY 14: in Basic both halves are form-encoded, and the secret is sent nowhere else")
    func basic() async throws {
        let (id, secret) = ("client id/1+ü", "canary s:cret/+&=%é")
        let server = try RawServer { _ in
            RawServer.json(
                #"{"access_token":"canary-basic-access","refresh_token":"canary-basic-next","expires_in":3600}"#)
        }
        try TestFolders.noteCanaries(["canary-basic-access", "canary-basic-next"])
        let folder = try Definitions.folder(
            "basic", ["raw": Definitions.text("raw", at: "http://127.0.0.1:\(server.port)")])
        let host = try TestHost("basic", connectors: folder)
        let child = try await host.start()
        try await host.configure("raw", id: id, secret: secret)
        #expect(try await host.importToken("canary-basic-first", "raw").status == 201)
        let request = try #require(server.requests.first)
        let sent = request.header("Authorization") ?? ""
        #expect(sent.hasPrefix("Basic "))
        let pair = String(decoding: Data(base64Encoded: String(sent.dropFirst(6))) ?? Data(), as: UTF8.self)
        // RFC 6749 §2.3.1 and appendix B.
        #expect(pair == "client+id%2F1%2B%C3%BC:canary+s%3Acret%2F%2B%26%3D%25%C3%A9")
        #expect(request.form["client_secret"] == nil)
        #expect(!request.body.contains("cret") && !request.path.contains("cret"))
        #expect(request.form["refresh_token"] == "canary-basic-first")
        #expect(server.requests.count == 1)
        try await host.stop(child)
    }

    @Test("SECURITY 13: a token request follows no redirect")
    func redirects() async throws {
        let elsewhere = try RawServer { _ in RawServer.json(#"{"access_token":"stolen","expires_in":3600}"#) }
        for status in [301, 302, 303, 307, 308] {
            let server = try RawServer { _ in
                RawServer.json("{}", status: status, headers: "Location: http://127.0.0.1:\(elsewhere.port)/token\r\n")
            }
            let folder = try Definitions.folder(
                "redirects", ["raw": Definitions.text("raw", at: "http://127.0.0.1:\(server.port)")])
            let host = try TestHost("redirects", connectors: folder)
            let child = try await host.start()
            try await host.configure("raw")
            let answer = try await host.importToken("canary-redirected-\(status)", "raw")
            #expect(answer.status >= 400 || answer.json["status"] as? String != "active")
            #expect(server.requests.count >= 1)
            #expect(elsewhere.connections == 0)
            try await host.stop(child)
        }
    }

    @Test("SECURITY 13: a self-signed certificate and one of another host are refused; a trusted one is not")
    func certificates() async throws {
        for (name, subject, isTrusted, isGood) in [
            ("self", "localhost", false, false), ("other", "provider.example", true, false),
            ("good", "localhost", true, true),
        ] {
            let place = try TestFolders.make("certificates-\(name)")
            let port = try freePort()
            let pem = place.appendingPathComponent("cert.pem").path
            let made = try await Tool.run(
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                "3",
                "-keyout", place.appendingPathComponent("key.pem").path, "-out", pem, "-subj", "/CN=\(subject)",
                "-addext", "subjectAltName=DNS:\(subject)", log: place.appendingPathComponent("openssl.log"))
            #expect(made.code == 0, "\(made.output)")
            let server = try Tool.start(
                [
                    "openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-cert", pem, "-key",
                    place.appendingPathComponent("key.pem").path, "-www",
                ], log: place.appendingPathComponent("server.log"))
            defer { server.kill(SIGKILL) }
            let text = Definitions.text("raw", at: "https://localhost:\(port)")
            let settings =
                isTrusted ? TestHost.shortTiming.merging(["EGRESS_CA_FILE": pem]) { $1 } : TestHost.shortTiming
            let host = try TestHost(
                "certificates", environment: settings, connectors: try Definitions.folder("certificates", ["raw": text])
            )
            let child = try await host.start()
            try await host.configure("raw")
            let answer = try await host.importToken("canary-certificate-\(name)", "raw")
            let log = try String(contentsOf: place.appendingPathComponent("server.log"), encoding: .utf8)
            // s_server answers with a page, which is no token; what counts is how far it got.
            let isSent = !answer.text.contains("not_sent")
            #expect(isSent == isGood, "\(name): \(answer.text) \(log)")
            try await host.stop(child)
        }
    }

    @Test("SECURITY 42: without EGRESS_ALLOW_PRIVATE a definition that points inside is refused, and nothing connects")
    func privateAddresses() async throws {
        let server = try RawServer { _ in RawServer.json(#"{"access_token":"inside","expires_in":3600}"#) }
        let port = server.port
        let places = [
            "https://127.0.0.1:\(port)", "https://localhost:\(port)", "https://[::1]:\(port)",
            "https://[::ffff:127.0.0.1]:\(port)", "https://[::ffff:7f00:1]:\(port)", "https://0.0.0.0:\(port)",
            "https://127.1:\(port)", "https://2130706433:\(port)", "https://0x7f.1:\(port)", "https://10.0.0.1",
            "https://192.168.1.1", "https://172.16.0.1", "https://169.254.169.254", "https://[fd00::1]",
            "https://[fe80::1]",
            "https://100.64.0.1", "http://127.0.0.1:\(port)", "http://localhost:\(port)", "https://localhost.:\(port)",
        ]
        let definitions = places.enumerated().map {
            ("in-\($0.offset)", Definitions.text("in-\($0.offset)", at: $0.element))
        }
        let folder = try Definitions.folder("inside", Dictionary(uniqueKeysWithValues: definitions))
        let settings = TestHost.shortTiming.merging(["EGRESS_ALLOW_PRIVATE": "false"]) { $1 }
        let host = try TestHost("inside", environment: settings, connectors: folder)
        let child = try await host.start()
        let loaded = try await host.call("GET", "/api/v1/connectors", token: CallerTokens().user())
        let ids = (loaded.json["items"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
        #expect(ids.contains("in-1"), "a host name is judged when it is connected to: \(ids)")
        for (id, _) in definitions where ids.contains(id) {
            try await host.configure(id)
            let answer = try await host.importToken("canary-inside-\(id)", id)
            #expect((400..<500).contains(answer.status), "\(id): \(answer.status) \(answer.text)")
        }
        #expect(server.connections == 0)
        try await host.stop(child)
        // With the setting the same address is reached: the test can fail.
        let open = try TestHost("inside-open", connectors: folder)
        let second = try await open.start()
        try await open.configure("in-16")
        #expect(try await open.importToken("canary-inside-open", "in-16").status == 201)
        try TestFolders.noteCanaries(["\"access_token\":\"inside\""])
        #expect(server.connections == 1)
        try await open.stop(second)
    }

    @Test(
        "SECURITY 43: an answer that is too large, too deep, or has too many headers is no answer, and the host lives")
    func limits() async throws {
        let filler = String(repeating: "x", count: 5 << 20)
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        let token = #""access_token":"canary-limit-access","refresh_token":"canary-limit-refresh","expires_in":3600"#
        try TestFolders.noteCanaries(["canary-limit-access", "canary-limit-refresh"])
        let headers = (0..<70).map { "X-Filler-\($0): \(String(repeating: "h", count: 1000))\r\n" }.joined()
        let answers = [
            "large": RawServer.json("{\(token),\"filler\":\"\(filler)\"}"),
            "deep": RawServer.json("{\(token),\"filler\":\(deep)}"),
            "headers": RawServer.json("{\(token)}", headers: headers),
            "one-header": RawServer.json(
                "{\(token)}", headers: "X-Filler: \(String(repeating: "h", count: 70_000))\r\n"),
            "endless":
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{\(filler)",
            "many": RawServer.json("{\(token),\"many\":[\(String(repeating: "0,", count: 600_000))0]}"),
        ]
        let server = try RawServer { request in
            answers[request.form["refresh_token"]?.replacing("canary-limit-", with: "") ?? ""] ?? ""
        }
        let folder = try Definitions.folder(
            "limits", ["raw": Definitions.text("raw", at: "http://127.0.0.1:\(server.port)")])
        let host = try TestHost("limits", connectors: folder)
        let child = try await host.start()
        try await host.configure("raw")
        for name in answers.keys.sorted() {
            let began = ContinuousClock.now
            let answer = try await host.importToken("canary-limit-\(name)", "raw")
            #expect(ContinuousClock.now - began < .seconds(30))
            #expect(answer.json["status"] as? String != "active", "\(name): \(answer.status) \(answer.text)")
            #expect(answer.status != 500, "\(name): \(answer.text)")
            try await eventually("the host is well after \(name)") {
                try await host.probe.send("GET", host.url + "/api/v1/health").status == 200
            }
        }
        #expect(server.requests.count >= answers.count)
        try await host.stop(child)
    }
}
