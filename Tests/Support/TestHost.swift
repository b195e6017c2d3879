package import Foundation
import Glibc
package import PostgresServer
import Synchronization

/// The real program with a folder of its own, started, killed and started again by a test.
package final class TestHost: Sendable {
    package let folder: URL
    package let port: Int
    package let metricsPort: Int
    package let probe = HTTPProbe()
    /// The database that was made for it (`TestStore`); nil: it is on SQLite, or the test has given it one.
    package let shared: TestDatabase?
    private let environment: [String: String]
    /// Other hosts on its database, and whose turn it is to be called.
    private let companions: [TestHost]
    private let running = Mutex<(children: [Int: ChildProcess], turn: Int)>(([:], 0))

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
        let (port, metricsPort) = (try freePort(), try freePort())
        (self.port, self.metricsPort) = (port, metricsPort)
        var all = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "PORT": "\(port)", "METRICS_PORT": "\(metricsPort)", "PPROF_PORT": "0",
            "STORE_URL": "sqlite:\(folder.path)/store.db", "SPOOL_DIR": "\(folder.path)/spool",
            "KEY_PROVIDER": "file:\(folder.path)/master.key", "PUBLIC_URL": "http://127.0.0.1:\(port)",
            "CONNECTORS_DIR": (connectors ?? TestFolders.repository.appendingPathComponent("connectors.d")).path,
            "EGRESS_ALLOW_PRIVATE": "true", "LOG_LEVEL": "trace", "JWT_SECRET": CallerTokens.userSecret,
            "SCOPED_JWT_SECRET": CallerTokens.serviceSecret,
        ]
        shared = environment["STORE_URL"] == nil ? try TestStore.current.make(in: folder) : nil
        if let shared { all.merge(TestStore.current.settings(of: shared)) { $1 } }
        all.merge(environment) { $1 }
        self.environment = all
        // They have a store by then, so they have no companions of their own.
        let common = all.filter { TestStore.common.contains($0.key) }
        companions = try (1..<(shared == nil ? 1 : TestStore.hosts)).map {
            try TestHost("\(name)-\($0 + 1)", environment: environment.merging(common) { $1 }, connectors: connectors)
        }
    }

    deinit {
        running.withLock { $0.children.removeAll() }
        shared?.drop()
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
        if fault == nil, arguments == ["serve"] { try await startCompanions(more) }
        return child
    }

    private func startCompanions(_ more: [String: String]) async throws {
        for (number, companion) in companions.enumerated() where !isRunning(number) {
            let child = try await companion.start(more: more)
            running.withLock { $0.children[number] = child }
        }
    }

    private func isRunning(_ companion: Int) -> Bool {
        running.withLock { $0.children[companion].map { $0.end == nil } ?? false }
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
        try await probe.send(method, nextURL + path, token: token, json: json, headers: headers)
    }

    /// Its own address or a companion's, in turns.
    private var nextURL: String {
        guard !companions.isEmpty else { return url }
        let turn = running.withLock {
            $0.turn += 1
            return $0.turn % (companions.count + 1)
        }
        return turn > 0 && isRunning(turn - 1) ? companions[turn - 1].url : url
    }

    /// Where its metrics are, and its companions'.
    package var allMetricsPorts: [Int] {
        [metricsPort] + companions.indices.filter { isRunning($0) }.map { companions[$0].metricsPort }
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

/// No process that is started at this very moment keeps the socket, and with it the port.
private func isFree(_ port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
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
