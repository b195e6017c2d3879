import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// One organization's provider hangs, and a mass of its lines is due (SECURITY.md line 38).
@Suite(.hosts(1)) struct HangingProviderTests {
    @Test("SECURITY 38: the lines of another organization are refreshed all the same, by the scheduler and for callers")
    func others() async throws {
        // The default deadlines: what hangs does so for longer than this test waits.
        try await Scenario.run("fairness", environment: [:]) { scenario in
            let first = try await scenario.host.start()
            let other = scenario.inOrganization("org-2")
            scenario.provider.register(SimulatedClient(id: "other-client", rotation: .static))
            try await scenario.configure(client: "sandbox-static", class: ["rotation": "static"])
            try await other.configure(client: "other-client", class: ["rotation": "static"])
            for _ in 0..<160 { _ = try await scenario.connect(client: "sandbox-static") }
            let late = try await other.connect(client: "other-client")
            let asked = try await other.connect(client: "other-client")
            first.kill(SIGTERM)
            try await first.waitForEnd()
            try HostFiles(folder: scenario.host.folder).change(
                """
                UPDATE line SET due_at = 1000, wake_at = 1000 WHERE organization <> 'org-2';
                UPDATE line SET due_at = 2000, wake_at = 2000 WHERE connection = '\(late)';
                """)
            scenario.provider.hold(GateRule(operation: .refresh, clientID: "sandbox-static"))
            let second = try await scenario.host.start()
            #expect(
                await scenario.provider.whenWaiting(64, timeout: .seconds(20)) >= 64, "the first organization's hang")
            try await other.reaches(2, late)
            #expect(try await other.refresh(asked, ["force": true]).outcome == "refreshed")
            scenario.provider.release()
            try await scenario.host.stop(second)
        }
    }
}
