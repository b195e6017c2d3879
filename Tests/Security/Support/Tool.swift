import Foundation
import TestSupport

/// Programs that tests use beside the host: python3 (also of `scripts/canary-scan`), openssl, prlimit.
enum Tool {
    struct Result {
        var code: Int32?
        var output: String
    }

    /// Runs a program to its end.
    static func run(_ words: String..., log: URL) async throws -> Result { try await run(words, log: log) }

    static func run(_ words: [String], log: URL) async throws -> Result {
        let child = try start(words, log: log)
        try await child.waitForEnd(within: .seconds(60))
        return Result(code: child.exitCode, output: try String(contentsOf: log, encoding: .utf8))
    }

    /// Starts a program.
    static func start(_ words: [String], log: URL) throws -> ChildProcess {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return try ChildProcess(URL(fileURLWithPath: "/usr/bin/env"), words, environment: ["PATH": path], log: log)
    }

    /// A file name that nobody has.
    static func log(in folder: URL, _ name: String) -> URL {
        folder.appendingPathComponent("\(name)-\(UUID().uuidString.prefix(8)).log")
    }
}

extension TestHost {
    var database: URL { folder.appendingPathComponent("store.db") }
    var auditFolder: URL { folder.appendingPathComponent("spool/audit") }

    /// Ends a host gracefully.
    func stop(_ child: ChildProcess) async throws {
        child.kill(SIGTERM)
        try await child.waitForEnd(within: .seconds(30))
        guard child.exitCode == 0 else {
            throw Failure("the host ended with \(child.end ?? -1); see \(child.log.path)")
        }
    }

    /// Runs a command of the program with this host's settings, in a log of its own.
    func command(_ arguments: String..., more: [String: String] = [:]) async throws -> Tool.Result {
        try await command(arguments, more: more)
    }

    func command(_ arguments: [String], more: [String: String] = [:]) async throws -> Tool.Result {
        let log = Tool.log(in: folder, "command")
        let child = try ChildProcess(Self.program, arguments, environment: settings(more), log: log)
        try await child.waitForEnd(within: .seconds(60))
        return Tool.Result(code: child.exitCode, output: try String(contentsOf: log, encoding: .utf8))
    }

    /// Everything that the host printed.
    func printed() throws -> String {
        try String(contentsOf: folder.appendingPathComponent("host.log"), encoding: .utf8)
    }

    /// Keeps the metrics page beside the rest of what the host wrote, for the canary scan.
    @discardableResult
    func saveMetrics() async throws -> String {
        let page = try await probe.send("GET", "http://127.0.0.1:\(metricsPort)/metrics")
        try page.body.write(to: folder.appendingPathComponent("metrics.txt"))
        return page.text
    }
}
