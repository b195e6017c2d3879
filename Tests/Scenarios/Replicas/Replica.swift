import Foundation
import Glibc
import Synchronization
import TestSupport

/// One of several hosts on one database, started, killed, frozen and started again by a test.
final class Replica: Sendable {
    /// Calls through this host.
    let scenario: Scenario
    private let process = Mutex<ChildProcess?>(nil)

    init(_ scenario: Scenario) { self.scenario = scenario }

    var host: TestHost { scenario.host }
    var files: HostFiles { HostFiles(folder: host.folder) }

    /// Its process, if it was started; it may have ended.
    var child: ChildProcess? { process.withLock { $0 } }
    var isRunning: Bool { child.map { $0.end == nil } ?? false }

    /// Starts it and waits until it is ready.
    func start(fault: String? = nil, more: [String: String] = [:]) async throws {
        let child = try await host.start(fault: fault, more: more)
        process.withLock { $0 = child }
    }

    /// Starts it without waiting.
    func launch(fault: String? = nil) throws {
        let child = try host.launch(fault: fault)
        process.withLock { $0 = child }
    }

    /// kill -9.
    func kill() async throws {
        guard let child else { return }
        child.kill(SIGKILL)
        try await child.waitForEnd()
    }

    /// Ends it gracefully, which must succeed.
    func stop() async throws {
        if let child, child.end == nil { try await host.stop(child) }
    }

    /// Lets it go on after SIGSTOP.
    func thaw() { child?.kill(SIGCONT) }

    /// What it has printed since its first start.
    func said() throws -> String {
        try String(contentsOf: host.folder.appendingPathComponent("host.log"), encoding: .utf8)
    }

    /// Whether all its threads stand still.
    var isFrozen: Bool {
        guard let child, let stat = try? String(contentsOfFile: "/proc/\(child.pid)/stat", encoding: .utf8) else {
            return false
        }
        // The state follows the program's name, which stands in parentheses and may hold anything.
        return stat.split(separator: ")").last?.hasPrefix(" T") ?? false
    }
}
