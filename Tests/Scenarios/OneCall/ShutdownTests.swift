import Foundation
import GRDB
import ProviderSimulator
import TestSupport
import Testing

/// A call in flight is never abandoned (RELIABILITY.md F30).
@Suite(.hosts(1)) struct ShutdownTests {
    @Test("SIGTERM with a call on the wire: its caller is answered, its answer stored, exit code 0")
    func waiting() async throws {
        try await Scenario.run("shutdown", environment: patientTiming) { scenario in
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
        try await Scenario.run("shutdown-alone", environment: impatientTiming) { scenario in
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
            let host = scenario.host
            try await host.stop(try await host.start())
            // It gets no further than its first write.
            let hold = try WriteHold(host.database)
            let child = try host.launch()
            try await eventually("it has its store") { child.hasOpen(host.database + ".lock") }
            child.kill(SIGTERM)
            try hold.release()
            try await child.waitForEnd()
            #expect(child.exitCode == 0, "\(child.end ?? -1)")
            try await host.stop(try await host.start())
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

/// Keeps everybody else from writing to a database.
private final class WriteHold {
    private let database: DatabaseQueue

    init(_ path: String) throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        database = try DatabaseQueue(path: path, configuration: configuration)
        try database.writeWithoutTransaction { try $0.beginTransaction(.immediate) }
    }

    func release() throws {
        try database.writeWithoutTransaction { try $0.rollback() }
        try database.close()
    }
}

extension ChildProcess {
    /// Whether it has this file open.
    fileprivate func hasOpen(_ path: String) -> Bool {
        let (files, folder) = (FileManager.default, "/proc/\(pid)/fd")
        let (open, file) = (try? files.contentsOfDirectory(atPath: folder), URL(fileURLWithPath: path))
        let real = file.resolvingSymlinksInPath().path
        return open?.contains { (try? files.destinationOfSymbolicLink(atPath: folder + "/" + $0)) == real } ?? false
    }
}
