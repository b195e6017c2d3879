package import Foundation
import Glibc
import Synchronization

/// The real program with a folder of its own, started, killed and started again by a test.
package final class TestHost: Sendable {
    package let folder: URL
    package let port: Int
    package let metricsPort: Int
    package let probe = HTTPProbe()
    private let environment: [String: String]

    /// Short deadlines that keep the inequalities of PROTOCOL.md §3, so that recovery can be watched.
    package static let shortTiming: [String: String] = [
        "REFRESH_SOFT_DEADLINE": "3s", "REFRESH_HARD_DEADLINE": "4s", "REFRESH_SEND_WINDOW": "1s",
        "REFRESH_COMMIT_BUDGET": "2s", "REFRESH_SETTLE": "1s", "LEASE_DURATION": "10s",
        "REFRESH_CLOCK_TOLERANCE": "0s", "REFRESH_CONFIRM_DELAY": "2s", "REFRESH_HEARTBEAT": "1s",
        "REFRESH_OWNER_GRACE": "30s", "REFRESH_FORCE_INTERVAL": "0s",
    ]

    /// - Parameters:
    ///   - connectors: the folder of definitions; nil: the shipped ones.
    package init(
        _ name: String, environment: [String: String] = TestHost.shortTiming, connectors: URL? = nil
    ) throws {
        folder = try TestFolders.make(name)
        try TestFolders.noteCanaries(CallerTokens.canaries)
        port = try freePort()
        metricsPort = try freePort()
        var all = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "PORT": "\(port)", "METRICS_PORT": "\(metricsPort)", "PPROF_PORT": "0",
            "STORE_URL": "sqlite:\(folder.path)/store.db", "SPOOL_DIR": "\(folder.path)/spool",
            "KEY_PROVIDER": "file:\(folder.path)/master.key", "PUBLIC_URL": "http://127.0.0.1:\(port)",
            "CONNECTORS_DIR": (connectors ?? TestFolders.repository.appendingPathComponent("connectors.d")).path,
            "EGRESS_ALLOW_PRIVATE": "true", "LOG_LEVEL": "trace", "JWT_SECRET": CallerTokens.userSecret,
            "SCOPED_JWT_SECRET": CallerTokens.serviceSecret,
        ]
        all.merge(environment) { $1 }
        self.environment = all
    }

    /// The program that this build made, beside the test bundle.
    package static let program: URL = {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        return bundle.deletingLastPathComponent().appendingPathComponent("token-manager")
    }()

    package var url: String { "http://127.0.0.1:\(port)" }

    /// Starts it and waits until it is ready.
    package func start(
        fault: String? = nil, more: [String: String] = [:], arguments: [String] = ["serve"]
    ) async throws -> ChildProcess {
        let child = try launch(fault: fault, more: more, arguments: arguments)
        try await eventually("the host is ready; see \(child.log.path)", within: .seconds(60), every: .milliseconds(20))
        {
            if let end = child.end { throw Failure("the host ended (\(end)): \(self.tail(child))") }
            return (try? await self.probe.send("GET", self.url + "/ready").status) == 200
        }
        return child
    }

    /// Starts it without waiting.
    package func launch(fault: String? = nil, more: [String: String] = [:], arguments: [String] = ["serve"]) throws
        -> ChildProcess
    {
        var environment = settings(more)
        environment["FAULT_POINT"] = fault
        return try ChildProcess(
            Self.program, arguments, environment: environment, log: folder.appendingPathComponent("host.log"))
    }

    /// Its environment, with changes.
    package func settings(_ more: [String: String] = [:]) -> [String: String] { environment.merging(more) { $1 } }

    /// Calls a route.
    package func call(
        _ method: String, _ path: String, token: String, json: [String: any Sendable]? = nil,
        headers: [String: String] = [:]
    ) async throws -> HTTPProbe.Answer {
        try await probe.send(method, url + path, token: token, json: json, headers: headers)
    }

    /// Its health once that is what it must be: on a busy machine a part that answers late is ill for a moment.
    package func health(_ status: String) async throws -> HTTPProbe.Answer {
        var answer = try await probe.send("GET", url + "/api/v1/health")
        try await eventually("the host is \(status); last: \(answer.text)", every: .milliseconds(50)) {
            if answer.status == 200, answer.json["status"] as? String == status { return true }
            answer = try await probe.send("GET", url + "/api/v1/health")
            return false
        }
        return answer
    }

    private func tail(_ child: ChildProcess) -> String {
        String(((try? String(contentsOf: child.log, encoding: .utf8)) ?? "").suffix(2000))
    }
}

/// A loopback port that nobody has. Below the range from which the system takes the ports of outgoing connections: a host
/// that is started again finds its port free, whatever was connected meanwhile. Given to one test only: another host may
/// not listen on it yet.
package func freePort() throws -> Int {
    for _ in 0..<100 {
        let port = UInt16.random(in: 10_000..<32_000)
        if isFree(port), given.withLock({ $0.insert(port).inserted }) { return Int(port) }
    }
    throw Failure("no free port")
}

private let given = Mutex<Set<UInt16>>([])

private func isFree(_ port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    address.sin_port = port.bigEndian
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}
