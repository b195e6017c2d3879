import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// What goes wrong is named where an operator looks: in the log, and in the doctor's findings.
@Suite(.hosts(1)) struct TroubleTests {
    @Test("a port that is taken is named with its setting and a remedy", arguments: ["PORT", "METRICS_PORT"])
    func takenPort(_ setting: String) async throws {
        try await Scenario.run("taken-\(setting.lowercased())") { scenario in
            let port = try await scenario.provider.port
            let child = try scenario.host.launch(more: [setting: "\(port)"])
            try await child.waitForEnd()
            #expect(child.exitCode == 3)
            let log = try String(contentsOf: child.log, encoding: .utf8)
            #expect(log.contains("\(setting)=\(port): another process listens on this port; end it, or set \(setting)"))
        }
    }

    @Test("a client that the provider refuses is a warning, once, at the level info without request lines")
    func refusedClient() async throws {
        let quiet = ["LOG_LEVEL": "info", "LOG_HTTP_REQUESTS": "false"]
        try await Scenario.run("refused-client") { scenario in
            let child = try await scenario.host.start(more: quiet)
            scenario.provider.register(.init(id: "sandbox-client"))
            try await scenario.configure()
            let (first, second) = (try await scenario.connect(), try await scenario.connect())
            var fault = Fault(.invalidClient)
            fault.operation = .refresh
            scenario.provider.add(fault)
            for id in [first, second] {
                let answer = try await scenario.refresh(id, ["force": true])
                #expect(answer.status == 424 && answer.code == "client_misconfigured", "\(answer.text)")
            }
            try await scenario.host.stop(child)
            let lines = try String(contentsOf: child.log, encoding: .utf8).split(separator: "\n")
            let warnings = lines.filter { $0.contains("the provider refuses a client") }
            #expect(warnings.count == 1, "\(warnings)")
            #expect(warnings.allSatisfy { $0.contains("\"level\":\"warning\"") && $0.contains("invalid_client") })
        }
    }

    @Test("a scope that there is not is no token's, and what a token read gave stands in its log line")
    func tokens() async throws {
        try await Scenario.run("log-fields") { scenario in
            let child = try await scenario.host.start()
            scenario.provider.register(.init(id: "sandbox-client"))
            try await scenario.configure()
            let id = try await scenario.connect()
            #expect(try await scenario.token(id).status == 200)
            let other = try await scenario.token(id, name: "other")
            #expect(other.status == 404 && other.text.contains("no token of that name"), "\(other.text)")
            #expect(try await scenario.token("nothing", name: "other").text.contains("no such connection"))
            try await scenario.host.stop(child)
            let lines = try String(contentsOf: child.log, encoding: .utf8).split(separator: "\n")
            let read = lines.first {
                $0.contains("/api/v1/connections/{id}/token") && $0.contains("\"message\":\"request\"")
            }
            #expect(read?.contains(#""connector":"sandbox""#) == true, "\(read ?? "no line")")
            #expect(read?.contains(#""generation":1,"#) == true, "\(read ?? "no line")")
            let mint = try await scenario.host.command("jwt", "mint", "--org", "o", "--scope", "nope:read")
            #expect(mint.code == 2 && mint.output.contains("there is no scope nope:read"), "\(mint.output)")
        }
    }

    @Test("the doctor looks at the addresses that are set")
    func addresses() async throws {
        try await Scenario.run("doctor-addresses") { scenario in
            let host = scenario.host
            let child = try await host.start()
            try await host.stop(child)
            // Nobody listens where a listener has just been.
            let closed = try freePort()
            let keys = try await host.command("doctor", more: ["JWKS_URL": "http://127.0.0.1:\(closed)/keys"])
            #expect(keys.code == 1 && keys.output.contains("JWKS_URL: 127.0.0.1:\(closed) takes no connection"))
            let receiver = try await host.command(
                "doctor",
                more: [
                    "WEBHOOK_URL": "http://127.0.0.1:\(closed)/x", "WEBHOOK_SECRET": "0123456789-0123456789-0123456789",
                ])
            #expect(
                receiver.code == 1 && receiver.output.contains("WEBHOOK_URL: 127.0.0.1:\(closed) takes no connection"))
            let own = try await host.command("doctor", more: ["PUBLIC_URL": "https://tokens.nowhere.invalid"])
            #expect(own.output.contains("warn\tPUBLIC_URL: tokens.nowhere.invalid does not resolve"), "\(own.output)")
            let sound = try await scenario.provider.port
            let fine = try await host.command("doctor", more: ["JWKS_URL": "http://127.0.0.1:\(sound)/keys"])
            #expect(fine.code == 0, "\(fine.output)")
        }
    }
}
