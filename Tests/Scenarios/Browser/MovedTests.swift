import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// A connection that is renewed with other inputs: each grant belongs to the server that issued it, to the end
/// (docs/decisions/0031).
@Suite(.hosts(1)) struct MovedTests {
    @Test("after a renewal at another server both are told, each of its own grant")
    func renewed() async throws {
        try await Move.run("moved") { move in
            let id = try await move.connected()
            let renewed = try await move.exchange(try await move.authorize(id))
            #expect(renewed.status == 200 && renewed.generation == 2, "\(renewed.text)")
            #expect(try await move.scenario.refresh(id, ["observed_generation": 2]).generation == 3)
            #expect(move.new.statistics().refreshCalls == 1, "the new grant is refreshed where it was made")
            try await move.revoked(id, old: 1, new: 1)
        }
    }

    @Test("there and back, and there again: no grant of before is forgotten by what follows it")
    func thereAndBack() async throws {
        try await Move.run("moved-back") { move in
            let id = try await move.connected()
            #expect(try await move.exchange(try await move.authorize(id)).generation == 2)
            let back = try await move.redeem(move.old, ["connection": id, "inputs": ["a": "2"]])
            #expect(back.status == 201 && back.generation == 3, "\(back.text)")
            move.new.add(Fault(.invalidGrant, operation: .refresh, phase: .before))
            let refused = try await move.redeem(move.new, ["connection": id, "inputs": ["b": "2"]])
            #expect(refused.code == "provider_error", "\(refused.text)")
            try await move.revoked(id, old: 2, new: 1)
        }
    }

    @Test("a renewal that failed: only the server of the grant that is held is told")
    func failed() async throws {
        try await Move.run("moved-failed") { move in
            let id = try await move.connected()
            move.new.add(Fault(.invalidGrant, operation: .exchange))
            #expect(try await move.exchange(try await move.authorize(id)).code == "provider_error")
            _ = try await move.authorize(id)  // one that nobody comes back from
            try await move.revoked(id, old: 1, new: 0)
        }
    }

    @Test("a refresh token that was imported at another server, and whose answer got lost, is revoked there")
    func lost() async throws {
        try await Move.run("moved-lost") { move in
            let id = try await move.connected()
            move.new.add(Fault(.reset, operation: .refresh, phase: .before))
            let lost = try await move.redeem(move.new, ["connection": id, "inputs": ["b": "1"]])
            #expect(lost.status == 424 && lost.code == "provider_unavailable", "\(lost.text)")
            #expect(try await move.scenario.token(id).generation == 1)
            try await move.revoked(id, old: 1, new: 1)
        }
    }

    @Test("revoked while the new grant is on its way: what comes is revoked where it comes from")
    func late() async throws {
        try await Move.run("moved-late", timing: patientTiming) { move in
            let id = try await move.connected()
            let started = try await move.authorize(id)
            move.new.hold(GateRule(operation: .exchange, phase: .after))
            async let exchanged = move.exchange(started)
            #expect(await move.new.whenWaiting() == 1)
            #expect(try await move.scenario.command("POST", "/connections/\(id)/revoke").status == 202)
            move.new.release()
            #expect(try await exchanged.code == "revoked")
            try await move.revoked(id, old: 1, new: 1)
        }
    }

    @Test("the answer to the old grant that comes after the renewal is revoked at the old server, too")
    func beside() async throws {
        try await Move.run("moved-beside", timing: unhurriedTiming) { move in
            let id = try await move.connected()
            move.old.hold(GateRule(operation: .refresh))
            async let refreshed = move.scenario.refresh(id, ["force": true])
            #expect(await move.old.whenWaiting() == 1)
            let renewed = try await move.exchange(try await move.authorize(id))
            #expect(renewed.generation == 2, "\(renewed.text)")
            move.old.release()
            #expect(try await refreshed.generation == 2, "the new grant's")
            let files = HostFiles(folder: move.scenario.host.folder)
            try await eventually("the old answer is kept", every: .milliseconds(50)) {
                try files.candidates(of: id) == 1
            }
            try await move.revoked(id, old: 2, new: 1)
        }
    }
}

/// Two servers of one provider; which one is meant is an input of the connection.
private struct Move: Sendable {
    let scenario: Scenario
    let new: SimulatedProvider

    var old: SimulatedProvider { scenario.provider }

    static func run(
        _ name: String, timing: [String: String] = TestHost.shortTiming,
        _ body: @Sendable (Move) async throws -> Void
    ) async throws {
        let folder = try TestFolders.make("\(name)-connectors")
        let shipped = TestFolders.repository.appendingPathComponent("connectors.d/sandbox.yaml")
        try FileManager.default.copyItem(at: shipped, to: folder.appendingPathComponent("sandbox.yaml"))
        try await Scenario.run(name, environment: timing, connectors: folder) { scenario in
            try await SimulatedProvider.running { new in
                let ports = [try await scenario.provider.port, try await new.port]
                try Data(definition(ports).utf8).write(to: folder.appendingPathComponent("moving.yaml"))
                let child = try await scenario.host.start()
                let client = ["client_id": "sandbox-client", "client_secret": "sandbox-secret"]
                let set = try await scenario.command("PUT", "/connectors/moving/config", client)
                #expect(set.status == 200, "\(set.text)")
                try await body(Move(scenario: scenario, new: new))
                try await scenario.host.stop(child)
            }
        }
    }

    private static func definition(_ ports: [Int]) -> String {
        let keys = [
            ("authorization", "authorize"), ("device_authorization", "device_authorization"), ("token", "token"),
            ("revocation", "revoke"),
        ]
        let endpoints = keys.map { key, path in
            let urls = zip(ports, ["a", "b"]).map { "'http://127.0.0.1:\($0)/\(path)?server={\($1)}'" }
            return "\(key): {endpoint: [\(urls.joined(separator: ", "))]}"
        }
        return """
            format: 1
            id: moving
            title: A provider with two servers
            extends: sandbox
            inputs: {a: {title: A, required: false}, b: {title: B, required: false}}
            introspection: null
            \(endpoints.joined(separator: "\n"))

            """
    }

    /// A connection at the old server.
    func connected() async throws -> String {
        let made = try await redeem(old, ["inputs": ["a": "1"]])
        guard made.status == 201, let id = made.json["id"] as? String else { throw Failure("import: \(made.text)") }
        return id
    }

    /// Imports a grant that one of the servers gives away.
    func redeem(_ provider: SimulatedProvider, _ more: [String: any Sendable]) async throws -> HTTPProbe.Answer {
        let issued = provider.issueGrant(clientID: "sandbox-client", scope: "read offline", subject: "somebody")
        guard let grant = issued else { throw Failure("the provider gave no grant") }
        try TestFolders.noteCanaries([grant.refreshToken])
        let body: [String: any Sendable] = ["grant": "refresh_token", "refresh_token": grant.refreshToken]
        return try await scenario.command("POST", "/connectors/moving/connections", body.merging(more) { $1 })
    }

    /// Begins a renewal at the new server.
    func authorize(_ id: String) async throws -> HTTPProbe.Answer {
        let body: [String: any Sendable] = ["connection": id, "inputs": ["b": "1"]]
        let started = try await scenario.command("POST", "/connectors/moving/authorize", body)
        guard started.status == 201 else { throw Failure("authorize: \(started.text)") }
        try TestFolders.noteCanaries([started.json["state"] as? String ?? "-"])
        return started
    }

    /// Consents and brings the code.
    func exchange(_ started: HTTPProbe.Answer) async throws -> HTTPProbe.Answer {
        let page = started.json["provider_url"] as? String ?? ""
        let back = try await scenario.host.probe.send("GET", page + "&auto=allow")
        let code = Journey.query(back.header("Location") ?? "")["code"] ?? ""
        return try await scenario.command(
            "POST", "/connectors/moving/exchange", ["code": code, "state": started.json["state"] as? String ?? ""])
    }

    /// Deletes the connection, if nobody has revoked it, and waits until both servers have heard what is theirs.
    func revoked(_ id: String, old: Int, new: Int) async throws {
        #expect(try await scenario.command("DELETE", "/connections/\(id)").status == 202)
        try await eventually("its rows are gone", within: .seconds(40), every: .milliseconds(50)) {
            try HostFiles(folder: scenario.host.folder).rows(of: id) == 0
        }
        #expect(self.old.statistics().calls(of: .revoke) == old, "the old server")
        #expect(self.new.statistics().calls(of: .revoke) == new, "the new server")
    }
}
