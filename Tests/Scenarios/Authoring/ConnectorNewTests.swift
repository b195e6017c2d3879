import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// `token-manager connector new` as people use it: the real program, a provider with metadata, a host with the result.
@Suite(.hosts(1)) struct ConnectorNewTests {
    @Test("a definition drafted from metadata lints clean and connects") func discovered() async throws {
        try await SimulatedProvider.running { provider in
            let issuer = try await provider.issuer
            let folder = try TestFolders.make("drafted-connectors")
            let host = try TestHost("drafted", connectors: folder)
            let made = try await run(host, ["connector", "new", "drafted", "--discover", issuer, "--scope", "read"])
            #expect(made.code == 0, "\(made.output)")
            let lint = try await run(host, ["lint", folder.path, "--strict"])
            #expect(lint.code == 0, "\(lint.output)")
            let again = try await run(host, ["connector", "new", "drafted", "--discover", issuer])
            #expect(again.code == 1 && again.output.contains("is there already"), "\(again.output)")

            let child = try await host.start()
            let callers = CallerTokens()
            let config = try await host.call(
                "PUT", "/api/v1/connectors/drafted/config", token: callers.user(),
                json: ["client_id": "sandbox-client", "client_secret": "sandbox-secret"])
            #expect(config.status == 200, "\(config.text)")
            let grant = try #require(provider.issueGrant(clientID: "sandbox-client", scope: "read"))
            try TestFolders.noteCanaries([grant.refreshToken])
            let imported = try await host.call(
                "POST", "/api/v1/connectors/drafted/connections", token: callers.user(),
                json: ["grant": "refresh_token", "refresh_token": grant.refreshToken])
            #expect(imported.status == 201 && imported.json["status"] as? String == "active", "\(imported.text)")
            child.kill(SIGTERM)
            try await child.waitForEnd()
        }
    }

    @Test("SECURITY 5: where metadata announces iss, a callback without it is refused, and so is another issuer's")
    func announcedIssuer() async throws {
        try await SimulatedProvider.running { provider in
            let issuer = try await provider.issuer
            let host = try TestHost("announced", connectors: try TestFolders.make("announced-connectors"))
            let made = try await run(host, ["connector", "new", "drafted", "--discover", issuer, "--scope", "read"])
            #expect(made.code == 0, "\(made.output)")
            let child = try await host.start()
            let config = try await host.call(
                "PUT", "/api/v1/connectors/drafted/config", token: CallerTokens().user(),
                json: ["client_id": "sandbox-client", "client_secret": "sandbox-secret"])
            #expect(config.status == 200, "\(config.text)")
            for (iss, status) in [(nil, 422), ("https://evil.example", 422), (issuer, 201)] as [(String?, Int)] {
                let answer = try await exchange(host, iss: iss)
                #expect(answer.status == status, "\(iss ?? "none"): \(answer.text)")
                #expect(status == 201 || answer.json["code"] as? String == "invalid_state", "\(answer.text)")
            }
            let denied = try await callback(host, "error=access_denied&iss=\(issuer)")
            #expect(denied.status == 200 && denied.text.contains("Access was not granted"), "\(denied.text)")
            let nameless = try await callback(host, "error=access_denied")
            #expect(nameless.status == 422 && nameless.text.contains("This link is unknown"), "\(nameless.text)")
            child.kill(SIGTERM)
            try await child.waitForEnd()
        }
    }

    @Test("exit codes: 1 another issuer, 2 no answer or no permission, 3 nobody there") func exitCodes() async throws {
        try await SimulatedProvider.running { provider in
            let port = try await provider.port
            let folder = try TestFolders.make("refused-connectors")
            let host = try TestHost("refused", connectors: folder)
            let cases: [(arguments: [String], private: Bool, code: Int32, says: String)] = [
                (["--discover", "http://localhost:\(port)"], true, 1, "same to the last character"),
                (["--discover", "http://127.0.0.1:\(port)"], false, 2, "EGRESS_ALLOW_PRIVATE"),
                (["--discover", "http://127.0.0.1:\(try freePort())"], true, 3, "no connection to the host"),
                ([], true, 2, "--token-endpoint"), (["--client-authentication", "basic"], true, 2, "basic"),
                (["--module"], true, 2, "--module"), (["--documentation", "a b"], true, 2, "`a b` is none"),
            ]
            for (arguments, isPrivate, code, says) in cases {
                let result = try await run(
                    host, ["connector", "new", "acme"] + arguments, ["EGRESS_ALLOW_PRIVATE": "\(isPrivate)"])
                #expect(result.code == code && result.output.contains(says), "\(arguments): \(result.output)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
    }

    @Test("on a terminal it asks, and Enter takes what is in brackets") func terminal() async throws {
        let folder = try TestFolders.make("asked-connectors")
        let host = try TestHost("asked", connectors: folder)
        let answers = [
            "Acme", "", "", "https://acme.example/authorize", "https://acme.example/token", "", "", "", "", "read", "",
            "",
        ]
        let script = """
            import os, pty, sys
            pid, terminal = pty.fork()
            if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
            seen = b""
            answers = \(answers)
            try:
                while True:
                    part = os.read(terminal, 4096)
                    if not part: break
                    seen += part
                    if seen.endswith(b": ") and answers:
                        os.write(terminal, (answers.pop(0) + "\\n").encode())
                        seen = b""
                    sys.stdout.buffer.write(part)
            except OSError: pass
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """
        let result = try await run(
            host, ["python3", "-c", script, TestHost.program.path, "connector", "new", "acme"],
            program: URL(filePath: "/usr/bin/env"))
        #expect(result.code == 0, "\(result.output)")
        let text = try String(contentsOf: folder.appendingPathComponent("acme.yaml"), encoding: .utf8)
        #expect(text.contains("title: Acme\n") && text.contains("endpoint: https://acme.example/token"))
        #expect(text.contains("default: [read]") && text.contains("authentication: client_secret_post"))
    }

    private func authorize(_ host: TestHost) async throws -> HTTPProbe.Answer {
        let answer = try await host.call(
            "POST", "/api/v1/connectors/drafted/authorize", token: CallerTokens().user(), json: [:])
        guard answer.status == 201 else { throw Failure("authorize: \(answer.status) \(answer.text)") }
        try TestFolders.noteCanaries([answer.json["state"] as? String ?? "-"])
        return answer
    }

    /// Consents, and exchanges the code with this `iss`.
    private func exchange(_ host: TestHost, iss: String?) async throws -> HTTPProbe.Answer {
        let started = try await authorize(host).json
        let consent = try await host.probe.send("GET", "\(started["provider_url"] as? String ?? "")&auto=allow")
        let code = Journey.query(consent.header("Location") ?? "")["code"] ?? ""
        let parameters: [String: String] = iss.map { ["iss": $0] } ?? [:]
        return try await host.call(
            "POST", "/api/v1/connectors/drafted/exchange", token: CallerTokens().user(),
            json: [
                "code": code, "state": started["state"] as? String ?? "", "parameters": parameters,
            ])
    }

    /// Comes back to the host with this query, in the browser that began.
    private func callback(_ host: TestHost, _ query: String) async throws -> HTTPProbe.Answer {
        let started = try await authorize(host).json
        let ticket = try await host.probe.send("GET", started["authorization_url"] as? String ?? "")
        let state = Journey.query(ticket.header("Location") ?? "")["state"] ?? ""
        let cookie = ticket.header("Set-Cookie")?.split(separator: ";").first.map(String.init) ?? ""
        return try await host.probe.send(
            "GET", "\(host.url)/oauth/callback?state=\(state)&\(query)", headers: ["Cookie": cookie])
    }

    private func run(
        _ host: TestHost, _ arguments: [String], _ more: [String: String] = [:], program: URL = TestHost.program
    ) async throws -> (code: Int32?, output: String) {
        let log = host.folder.appendingPathComponent("command-\(UUID().uuidString.prefix(8)).log")
        let child = try ChildProcess(program, arguments, environment: host.settings(more), log: log)
        try await child.waitForEnd()
        return (child.exitCode, try String(contentsOf: log, encoding: .utf8))
    }
}
