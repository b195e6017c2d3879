import Foundation
import TestSupport

/// What a command printed, and how it ended.
struct CommandResult {
    let code: Int32?
    let output: String
}

extension TestHost {
    var door: String { folder.path + "/admin.sock" }
    var database: String { folder.path + "/store.db" }

    /// Runs a command of the program with this host's settings.
    func command(_ arguments: String..., more: [String: String] = [:]) async throws -> CommandResult {
        let log = folder.appendingPathComponent("command-\(UUID().uuidString.prefix(8)).log")
        let child = try ChildProcess(Self.program, arguments, environment: settings(more), log: log)
        try await child.waitForEnd(within: .seconds(60))
        return CommandResult(code: child.exitCode, output: try String(contentsOf: log, encoding: .utf8))
    }

    /// Ends a host gracefully.
    func stop(_ child: ChildProcess) async throws {
        child.kill(SIGTERM)
        try await child.waitForEnd()
        guard child.exitCode == 0 else {
            throw Failure("the host ended with \(child.end ?? -1); see \(child.log.path)")
        }
    }
}

extension CommandResult {
    /// The JSON object that was printed.
    var object: [String: Any] {
        let start = output.firstIndex(of: "{").map { output[$0...] } ?? ""
        let line = start.prefix { $0 != "\n" }
        return (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any] ?? [:]
    }

    /// The objects of a JSON array.
    var items: [[String: Any]] {
        // Progress goes to standard error, which the log has, too.
        let lines = output.split(separator: "\n").filter { !$0.hasSuffix(" %") }.joined(separator: "\n")
        let start = lines.firstIndex(of: "[").map { lines[$0...] } ?? ""
        return (try? JSONSerialization.jsonObject(with: Data(start.utf8))) as? [[String: Any]] ?? []
    }
}
