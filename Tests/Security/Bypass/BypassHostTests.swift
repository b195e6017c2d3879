import DefinitionSamples
import Foundation
import Logging
import ProviderSimulator
import TestSupport
import Testing

/// The same with the real host: what a stranger types, or lets a callback or an answer name, is put in front of a server
/// that counts who comes.
@Suite(.serialized) struct BypassHostTests {
    /// Ways to write this machine.
    private static let names = [
        "127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "2130706433", "0x7f000001",
        "0177.0.0.1",
        "127.1", "127.0.0.1.", "localhost.", "①②⑦.0.0.1", "127。0。0。1",
    ]

    /// Texts in which a server stands so that a lenient reader would go there; `good` is where requests may go.
    private static func disguises(of evil: String, behind good: String) -> [String] {
        [
            evil, "\(evil)/", "\(evil)#", "\(evil)?", "\(evil)\\", "\(evil)/#.\(good)", "\(evil)%2f", "\(evil)%00",
            "\(evil)\n",
            "x@\(evil)", "\(good)@\(evil)", "\(good):x@\(evil)/", "\(good)#@\(evil)/", "\(good)\\@\(evil)/",
            "\(evil)/?\(good)",
            "\(good)\r\nHost: \(evil)", "\(good);\(evil)", "\(good) \(evil)", "\(good)\t@\(evil)", "//\(evil)",
            "https://\(evil)", "http://\(evil)", "http:\\\\\(evil)", "https:\(evil)",
        ]
    }

    @Test(
        "SECURITY 41, 46: no value that is typed sends a secret to a server of the typist's", .timeLimit(.minutes(10)))
    func typed() async throws {
        let server = try RawServer { _ in RawServer.json(#"{"access_token":"canary-typed-access"}"#) }
        try TestFolders.noteCanaries(["canary-typed-access"])
        let evil = Self.names.map { "\($0):\(server.port)" }
        let folder = try Definitions.folder(
            "typed",
            [
                "label": Self.typed("label", "https://{shop}.acme.example", "format: dns_label"),
                "words": Self.typed("words", "https://{shop}.acme.example", "format: text", hosts: ".acme.example"),
                "name": Self.typed("name", "https://{shop}", "format: hostname", hosts: "organization"),
                "base": Self.typed("base", "{shop}", "format: base_url", hosts: "organization"),
                "open": Definitions.text("open", at: "http://127.0.0.1:\(server.port)"),
            ])
        let host = try TestHost("typed", connectors: folder)
        let child = try await host.start()
        var tried = 0
        for connector in ["label", "words", "name", "base"] {
            let settings: [String: any Sendable] =
                ["name", "base"].contains(connector) ? ["hosts": ["login.acme.example"]] : [:]
            try await host.configure(connector, settings: settings)
            let values = evil.flatMap { Self.disguises(of: $0, behind: "login.acme.example") }
            // Where the format lets everything pass, the whole table; of the others every fourth.
            for (index, value) in values.enumerated() where connector == "words" || index % 4 == 0 {
                let answer = try await host.importToken(
                    "canary-typed-refresh", connector, more: ["inputs": ["shop": value]])
                #expect((400..<500).contains(answer.status), "\(connector) \(value): \(answer.status) \(answer.text)")
                tried += 1
            }
        }
        #expect(tried >= 60 * 4)
        #expect(server.connections == 0, "\(server.requests)")
        // The same server is reached where a definition names it: the test can fail.
        try await host.configure("open")
        #expect(try await host.importToken("canary-open-refresh", "open").status == 201)
        #expect(server.connections == 1)
        try await host.stop(child)
    }

    @Test("SECURITY 62: no callback that names the accounts server sends a code or a secret there")
    func callbacks() async throws {
        try await SimulatedProvider.running { good in
            try await SimulatedProvider.running { evil in
                let (home, away) = ("127.0.0.1:\(try await good.port)", try await evil.port)
                let folder = try Definitions.folder("named", ["named": Self.named(home)])
                let host = try TestHost("named", connectors: folder)
                let child = try await host.start()
                try await host.configure("named", id: "sandbox-client", secret: "sandbox-secret")
                let servers = Self.names.map { "\($0):\(away)" }
                let values = servers.flatMap { Self.disguises(of: $0, behind: home).map { "http://\($0)" } }
                let all = Array(Set(values + HostileHosts.servers))
                #expect(all.count >= 30)
                for value in all {
                    let flow = try await start(host)
                    let answer = try await finish(host, flow, code: "canary-named-code", server: value)
                    #expect((400..<500).contains(answer.status), "\(value): \(answer.status) \(answer.text)")
                }
                #expect(evil.statistics().calls.values.allSatisfy { $0 == 0 }, "\(evil.log())")
                #expect(good.log().isEmpty, "\(good.log())")

                let flow = try await start(host)
                let bare = try await finish(host, flow, code: "canary-named-code", server: nil)
                #expect(bare.status == 422 && bare.text.contains("parameters.accounts-server"), "\(bare.text)")
                #expect(good.log().isEmpty, "nothing is spent: the caller still can bring what it left out")
                let code = try await consent(host, flow)
                let answer = try await finish(host, flow, code: code, server: "http://\(home)")
                #expect(answer.status == 201, "\(answer.text)")
                #expect(good.log().count == 1, "the witness sees what arrives")
                try await host.stop(child)
            }
        }
    }

    @Test("SECURITY 62: no answer that names the provider's own host sends a token there", .timeLimit(.minutes(10)))
    func answers() async throws {
        let evil = try RawServer { _ in RawServer.json(#"{"access_token":"canary-away","active":true}"#) }
        let good = try RawServer { request in
            let named = request.form["refresh_token"].flatMap { Data(base64Encoded: $0) } ?? Data()
            let body: [String: Any] = [
                "access_token": "canary-home-\(UUID().uuidString)", "expires_in": 3600,
                "refresh_token": request.form["refresh_token"] ?? "",
                "api_domain": String(decoding: named, as: UTF8.self),
            ]
            let data = (try? JSONSerialization.data(withJSONObject: body)) ?? Data()
            return RawServer.json(String(decoding: data, as: UTF8.self))
        }
        let home = "127.0.0.1:\(good.port)"
        try TestFolders.noteCanaries(["canary-away", "canary-home-"])
        let folder = try Definitions.folder("answered", ["answered": Self.answered(home)])
        let host = try TestHost("answered", connectors: folder)
        let child = try await host.start()
        try await host.configure("answered")
        let servers = ["127.0.0.1:\(evil.port)", "localhost:\(evil.port)", "[::1]:\(evil.port)"]
        let values = servers.flatMap { Self.disguises(of: $0, behind: home).map { "http://\($0)" } }
        var named = 0
        for value in Set(values) {
            let token = Data(value.utf8).base64EncodedString()
            let imported = try await host.importToken(token, "answered")
            guard let id = imported.json["id"] as? String else { continue }
            named += 1
            let object = "/api/v1/connections/\(id)"
            let callers = CallerTokens()
            for path in ["/refresh", "/check", "/revoke"] {
                let answer = try await host.call("POST", object + path, token: callers.user(), json: ["force": true])
                #expect(answer.status != 500, "\(value): \(answer.text)")
            }
        }
        #expect(named >= 30)
        try await host.stop(child)
        #expect(evil.connections == 0, "\(evil.requests)")
    }

    private struct Flow {
        var page: String
        var state: String
    }

    private func start(_ host: TestHost) async throws -> Flow {
        let answer = try await host.call(
            "POST", "/api/v1/connectors/named/authorize", token: CallerTokens().user(), json: [:])
        guard let page = answer.json["provider_url"] as? String, let state = answer.json["state"] as? String else {
            throw Failure("authorize: \(answer.status) \(answer.text)")
        }
        return Flow(page: page, state: state)
    }

    private func finish(_ host: TestHost, _ flow: Flow, code: String, server: String?) async throws -> HTTPProbe.Answer
    {
        let parameters = server.map { ["accounts-server": $0] } ?? [:]
        return try await host.call(
            "POST", "/api/v1/connectors/named/exchange", token: CallerTokens().user(),
            json: ["code": code, "state": flow.state, "parameters": parameters])
    }

    private func consent(_ host: TestHost, _ flow: Flow) async throws -> String {
        let answer = try await host.probe.send("GET", flow.page + "&auto=allow")
        let query = URLComponents(string: answer.header("location") ?? "")?.queryItems
        guard let code = query?.first(where: { $0.name == "code" })?.value else { throw Failure("no code") }
        try TestFolders.noteCanaries([code])
        return code
    }

    private static func typed(_ id: String, _ base: String, _ format: String, hosts: String? = nil) -> String {
        Definitions.text(
            id, at: base,
            "inputs:\n  shop:\n    title: Shop\n    \(format)\n" + (hosts.map { "hosts: [\($0)]\n" } ?? ""))
    }

    private static func named(_ home: String) -> String {
        """
        format: 1
        id: named
        title: A provider with several data centres
        client:
          authentication: client_secret_basic
          repeat_in_body: []
        scopes:
          default: [read]
        authorization:
          endpoint: http://\(home)/authorize
          callback:
            capture:
              accounts_server: accounts-server
        token:
          endpoint: '{accounts_server}/token'
        hosts: ['\(home)']
        """
    }

    private static func answered(_ home: String) -> String {
        """
        format: 1
        id: answered
        title: A provider whose answers name a host
        client:
          authentication: client_secret_basic
        authorization:
          endpoint: http://\(home)/authorize
        token:
          endpoint: http://\(home)/token
        refresh:
          endpoint:
            - '{api_domain}/token'
            - http://\(home)/token
          rotation: static
        response:
          capture:
            api_domain: /api_domain
        introspection:
          endpoint: '{api_domain}/introspect'
          when: always
        revocation:
          endpoint: '{api_domain}/revoke'
        hosts: ['\(home)']
        """
    }
}
