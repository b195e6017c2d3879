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

    /// Makes a backup in the host's folder, and returns its path.
    func backUp(as name: String = "backup") async throws -> String {
        let file = folder.path + "/" + name
        let made = try await command("store", "backup", file)
        guard made.code == 0 else { throw Failure("backup: \(made.output)") }
        return file
    }

    /// Puts a backup in the place of the store.
    func restore(_ file: String) async throws {
        let restored = try await command("store", "restore", file)
        guard restored.code == 0 else { throw Failure("restore: \(restored.output)") }
    }

    /// Says of all connections that wait after a restore that what they hold is current; gives the outcomes by id.
    func assumeAllCurrent() async throws -> [String: String] {
        let result = try await command("connections", "verify", "--all", "--assume-current", "--format", "json")
        guard result.code == 0 else { throw Failure("verify: \(result.output)") }
        return result.outcomes
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

    /// The outcome of each item that has an id.
    var outcomes: [String: String] {
        let pairs = items.map { ($0["id"] as? String ?? "", $0["outcome"] as? String ?? "") }
        return Dictionary(pairs) { first, _ in first }
    }
}
