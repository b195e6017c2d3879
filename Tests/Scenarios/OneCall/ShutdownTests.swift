import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// A call in flight is never abandoned (RELIABILITY.md F30).
@Suite(.hosts(1)) struct ShutdownTests {
    @Test("SIGTERM with a call on the wire: its caller is answered, its answer stored, exit code 0")
    func waiting() async throws {
        try await Scenario.run("shutdown") { scenario in
            let (child, id) = try await started(scenario)
            scenario.provider.hold(GateRule(operation: .refresh))
            async let caller = scenario.refresh(id, ["force": true])
            #expect(await scenario.provider.whenWaiting() == 1)
            child.kill(SIGTERM)
            try await eventually("it takes nothing new", every: .milliseconds(20)) {
                (try? await scenario.host.probe.send("GET", scenario.host.url + "/ready").status) != 200
            }
            #expect(child.end == nil)
            scenario.provider.release()
            #expect(try await caller.outcome == "refreshed")
            try await hasStopped(child, scenario, id)
        }
    }

    @Test("SIGTERM after every caller has left: the answer is stored all the same")
    func alone() async throws {
        try await Scenario.run("shutdown-alone", environment: KillLane.timing) { scenario in
            let (child, id) = try await started(scenario)
            scenario.provider.hold(GateRule(operation: .refresh))
            #expect(try await scenario.refresh(id, ["force": true]).outcome == "pending")
            child.kill(SIGTERM)
            scenario.provider.release()
            try await hasStopped(child, scenario, id)
        }
    }

    @Test("SIGTERM while it still starts: it ends as one that runs does, with exit code 0, and starts again")
    func starting() async throws {
        try await Scenario.run("shutdown-starting") { scenario in
            let pipe = scenario.host.folder.path + "/settings"
            guard mkfifo(pipe, 0o600) == 0 else { throw Failure("no pipe: \(errno)") }
            let child = try scenario.host.launch(arguments: ["serve", "--config", pipe])
            var writer: Int32 = -1
            // It can be opened once somebody reads: then the host waits for what its settings are.
            try await eventually("it reads its settings") {
                writer = open(pipe, O_WRONLY | O_NONBLOCK)
                return writer >= 0
            }
            child.kill(SIGTERM)
            close(writer)
            try await child.waitForEnd()
            #expect(child.exitCode == 0, "\(child.end ?? -1)")
            let log = try String(contentsOf: child.log, encoding: .utf8)
            #expect(log.contains("\"stopping\"") && log.contains("\"stopped\""), "\(log)")
            try await scenario.host.stop(try await scenario.host.start())
        }
    }

    private func started(_ scenario: Scenario) async throws -> (ChildProcess, String) {
        let child = try await scenario.host.start()
        try await scenario.configure()
        return (child, try await scenario.connected())
    }

    private func hasStopped(_ child: ChildProcess, _ scenario: Scenario, _ id: String) async throws {
        try await child.waitForEnd()
        #expect(child.exitCode == 0)
        let files = HostFiles(folder: scenario.host.folder)
        #expect(try files.openAttempts() == 0 && files.spoolEntries().isEmpty)
        let next = try await scenario.host.start()
        #expect(try await scenario.show(id)["generation"] as? Int == 2)
        #expect(scenario.refreshCalls == 1)
        next.kill(SIGTERM)
        try await next.waitForEnd()
    }
}
