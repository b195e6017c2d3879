import Foundation
import Glibc
import ProviderSimulator
import TestSupport

/// What is a host's own state: its disk, its end, its settings.
extension ProblemTable {
    /// A file that may not grow is the full disk that needs no mount.
    func onFullDisk() async throws -> HTTPProbe.Answer {
        let id = stage.connection(.well)
        // The token is in memory then, and the file of the audit there.
        _ = try await stage.scenario.token(id)
        try await limitFiles(to: "0:unlimited")
        let answer = try await stage.scenario.token(id)
        try await limitFiles(to: "unlimited")
        return answer
    }

    /// A store that takes no claim: the token is still valid, and nothing is pending.
    func refreshOnFullDisk() async throws -> HTTPProbe.Answer {
        let id = stage.connection(.well)
        try await limitFiles(to: "0:unlimited")
        let answer = try await stage.scenario.refresh(id, ["force": true])
        try await limitFiles(to: "unlimited")
        return answer
    }

    private func limitFiles(to size: String) async throws {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let tool = try ChildProcess(
            URL(fileURLWithPath: "/usr/bin/env"), ["prlimit", "--pid", "\(stage.child.pid)", "--fsize=\(size)"],
            environment: ["PATH": path], log: stage.scenario.host.folder.appendingPathComponent("prlimit.log"))
        try await tool.waitForEnd()
        guard tool.exitCode == 0 else { throw Failure("prlimit: see \(tool.log.path)") }
    }

    /// A host that may not end yet, since a call is on the wire.
    func whileDraining() async throws -> HTTPProbe.Answer {
        let host = try TestHost("draining", environment: patientTiming)
        let scenario = stage.scenario.on(host)
        let child = try await host.start()
        try await scenario.configure()
        let (id, other) = (try await scenario.connect(), try await scenario.connect())
        scenario.provider.hold(GateRule(operation: .refresh, clientID: "sandbox-client"))
        async let held = scenario.refresh(id, ["force": true])
        _ = await scenario.provider.whenWaiting()
        child.kill(SIGTERM)
        try await eventually("it takes nothing new", every: .milliseconds(20)) {
            (try? await host.probe.send("GET", host.url + "/ready").status) != 200
        }
        let answer = try await scenario.refresh(other, ["force": true])
        scenario.provider.release()
        _ = try await held
        try await child.waitForEnd()
        return answer
    }

    /// A host that takes one request an hour of each caller.
    func secondCall() async throws -> HTTPProbe.Answer {
        let host = try TestHost(
            "limited", environment: TestHost.shortTiming.merging(["CALLER_RATE_LIMIT": "1/1h"]) { $1 })
        let child = try await host.start()
        let token = stage.scenario.callers.user()
        _ = try await host.call("GET", "/api/v1/connectors", token: token)
        let answer = try await host.call("GET", "/api/v1/connectors", token: token)
        try await host.stop(child)
        return answer
    }
}
