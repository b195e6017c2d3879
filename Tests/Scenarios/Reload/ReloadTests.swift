import Foundation
import ProviderSimulator
import Synchronization
import TestSupport
import Testing

/// Definitions that change under a running host (DESIGN.md §3).
@Suite(.hosts(1)) struct ReloadTests {
    private static let requests = 2000

    @Test(
        "50 reloads, good, broken and host-widening, during 2,000 reads: none fails, each is said, no widening gets through"
    )
    func storm() async throws {
        let files = try Definitions()
        try await Scenario.run("reload-storm", connectors: files.folder) { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let id = try await scenario.connect()
            scenario.provider.reset([.stats, .log])
            let isOver = Flag()
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var reads = 0
                        while !isOver.isSet || reads < Self.requests / 4 {
                            let answer = try await scenario.token(id)
                            #expect(answer.status == 200, "\(answer.text)")
                            reads += 1
                        }
                        return reads
                    }
                }
                var seen = 0
                for number in 0..<50 {
                    try files.write(Definitions.Kind.allCases[number % 3], number)
                    seen = try await reloaded(child, after: seen)
                }
                isOver.set()
                let reads = try await group.reduce(0, +)
                #expect(reads >= Self.requests)
            }
            let log = try String(contentsOf: child.log, encoding: .utf8)
            #expect(
                log.components(separatedBy: "sandbox.yaml:2:1: error").count > 16, "a broken file is said each time")
            #expect(log.components(separatedBy: "held back").count > 16, "a widening is said each time")
            try files.write(.good, 50)
            _ = try await reloaded(child, after: 50)
            #expect(try await scenario.refresh(id, ["force": true]).generation == 2)
            #expect(scenario.refreshCalls == 1, "all went to the provider that was accepted")
            child.kill(SIGTERM)
            try await child.waitForEnd()
            #expect(child.exitCode == 0)
        }
    }

    @Test("a changed file is noticed without a signal; a widening waits for an admin's word, and is audited")
    func accepting() async throws {
        let files = try Definitions()
        try await Scenario.run("reload-accept", connectors: files.folder) { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let id = try await scenario.connect()
            try files.write(.good, 7)
            try await eventually("the new title is in force", every: .milliseconds(100)) {
                let shown = try await scenario.command("GET", "/connectors/sandbox")
                return shown.json["title"] as? String == "Sandbox 7"
            }
            try files.write(.widening, 8)
            try await eventually("it is held back", every: .milliseconds(100)) {
                try String(contentsOf: child.log, encoding: .utf8).contains("held back")
            }
            #expect(try await scenario.command("GET", "/connectors/sandbox").json["title"] as? String == "Sandbox 7")
            #expect(try await scenario.refresh(id, ["force": true]).generation == 2)
            let member = try await scenario.host.call(
                "POST", "/api/v1/connectors/sandbox/accept", token: scenario.callers.user(role: "member"))
            #expect(member.status == 403)
            #expect(try await scenario.command("POST", "/connectors/sandbox/accept").status == 200)
            #expect(try await scenario.command("POST", "/connectors/sandbox/accept").status == 200)
            #expect(try await scenario.command("POST", "/connectors/nowhere/accept").status == 404)
            #expect(try await scenario.command("GET", "/connectors/sandbox").json["title"] as? String == "Sandbox 8")
            #expect(try await scenario.refresh(id, ["force": true]).generation == 3)
            let audit = try HostFiles(folder: scenario.host.folder).audit("definition_accepted")
            #expect(audit.count == 1 && audit[0].contains(" -> "), "SECURITY 51: old and new hash")
            child.kill(SIGTERM)
            try await child.waitForEnd()
        }
    }

    @Test(
        "an edit made while the host was down is held back too: 409 until it is accepted, by a restart or by an admin")
    func restarting() async throws {
        let files = try Definitions()
        try await Scenario.run("reload-restart", connectors: files.folder) { scenario in
            let first = try await scenario.host.start()
            try await scenario.configure()
            let id = try await scenario.connect()
            first.kill(SIGTERM)
            try await first.waitForEnd()
            try files.write(.widening, 1)
            let second = try await scenario.host.start()
            let refused = try await scenario.command("POST", "/connectors/sandbox/authorize", [:])
            #expect(refused.status == 409 && refused.code == "definition_held", "\(refused.text)")
            #expect(try await scenario.token(id).status == 200, "a valid token is still served")
            second.kill(SIGTERM)
            try await second.waitForEnd()
            let third = try await scenario.host.start(arguments: ["serve", "--accept-changes"])
            #expect(try await scenario.refresh(id, ["force": true]).generation == 2)
            third.kill(SIGTERM)
            try await third.waitForEnd()
            let fourth = try await scenario.host.start()
            #expect(try await scenario.refresh(id, ["force": true]).generation == 3, "accepted once is accepted")
            fourth.kill(SIGTERM)
            try await fourth.waitForEnd()
            #expect(fourth.exitCode == 0)
        }
    }

    /// Asks for a reload and waits until there was one more.
    private func reloaded(_ child: ChildProcess, after count: Int) async throws -> Int {
        func reloads() throws -> Int {
            try String(contentsOf: child.log, encoding: .utf8).components(separatedBy: "definitions reloaded").count - 1
        }
        let before = try reloads()
        child.kill(SIGHUP)
        try await eventually("definitions are reloaded", every: .milliseconds(10)) { try reloads() > before }
        return count + 1
    }
}

/// Said once, heard by many.
private final class Flag: Sendable {
    private let value = Mutex(false)

    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
}

/// A folder with the sandbox's definition, in several versions.
private struct Definitions {
    enum Kind: CaseIterable {
        case good
        case broken
        case widening
    }

    let folder: URL
    private let text: String

    init() throws {
        folder = try TestFolders.make("reload-connectors")
        let shipped = TestFolders.repository.appendingPathComponent("connectors.d/sandbox.yaml")
        text = try String(contentsOf: shipped, encoding: .utf8)
        try write(.good, 0)
    }

    /// Whole or not at all, as an editor or a deployment does it.
    func write(_ kind: Kind, _ number: Int) throws {
        let titled = text.replacingOccurrences(of: "title: Sandbox provider", with: "title: Sandbox \(number)")
        let content =
            switch kind {
            case .good: titled
            case .broken: "# number \(number)\nformat: one\n"
            case .widening:
                titled.replacingOccurrences(of: "http://127.0.0.1:{port}/token", with: "http://localhost:{port}/token")
            }
        try content.write(to: folder.appendingPathComponent("sandbox.yaml"), atomically: true, encoding: .utf8)
    }
}
