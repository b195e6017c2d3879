import Foundation
import ProviderSimulator
import Synchronization
import TestSupport
import Testing

/// Definitions that change under a running host (DESIGN.md §3).
@Suite(.hosts(1)) struct ReloadTests {
    private static let requests = 2000
    private static let reloads = 50

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
            let reads = Count()
            let isOver = Flag()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for reader in 0..<4 {
                    group.addTask {
                        while !isOver.isSet { try await read(id, scenario, showing: reads.next() % 4 == reader) }
                    }
                }
                for number in 1...Self.reloads {
                    try files.write(Definitions.Kind.allCases[number % 3], number)
                    child.kill(SIGHUP)
                    try await settled(number, scenario, child)
                    // So that all of them fall between the first reload and the last.
                    try await eventually("reads go on") { reads.value >= number * Self.requests / Self.reloads }
                }
                isOver.set()
                try await group.waitForAll()
            }
            #expect(reads.value >= Self.requests)
            #expect(try reloads(child) >= Self.reloads)
            let audit = HostFiles(folder: scenario.host.folder)
            #expect(try audit.audit("definition_accepted").isEmpty, "no widening came into force")
            #expect(try audit.audit("definition_loaded").count >= Self.reloads / 3, "and each good one did")
            try files.write(.good, Self.reloads + 1)
            child.kill(SIGHUP)
            try await settled(Self.reloads + 1, scenario, child)
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
            let waiting = try await scenario.command("GET", "/connectors/sandbox").json["held"] as? String
            #expect(waiting?.contains("w8.example.com") == true)
            #expect(try await scenario.host.health("degraded").text.contains("wait for `accept`"))
            let before = try reloads(child)
            child.kill(SIGHUP)
            try await eventually("it is read again", every: .milliseconds(10)) { try reloads(child) > before }
            let log = try String(contentsOf: child.log, encoding: .utf8)
            #expect(log.components(separatedBy: "is held back").count == 2, "what was said is not said again")
            #expect(try await scenario.refresh(id, ["force": true]).generation == 2)
            let member = try await scenario.host.call(
                "POST", "/api/v1/connectors/sandbox/accept", token: scenario.callers.user(role: "member"))
            #expect(member.status == 403)
            #expect(try await scenario.command("POST", "/connectors/sandbox/accept").status == 200)
            #expect(try await scenario.command("POST", "/connectors/sandbox/accept").status == 200)
            #expect(try await scenario.command("POST", "/connectors/nowhere/accept").status == 404)
            #expect(try await scenario.command("GET", "/connectors/sandbox").json["title"] as? String == "Sandbox 8")
            #expect(try await scenario.command("GET", "/connectors/sandbox").json["held"] == nil)
            #expect(try await scenario.refresh(id, ["force": true]).generation == 3)
            let audit = try HostFiles(folder: scenario.host.folder).audit("definition_accepted")
            #expect(audit.count == 1 && audit[0].contains(" -> "), "SECURITY 51: old and new hash")
            try FileManager.default.removeItem(at: files.folder.appendingPathComponent("sandbox.yaml"))
            try await eventually("the definition is gone", every: .milliseconds(100)) {
                try await scenario.command("GET", "/connectors/sandbox").status == 404
            }
            let orphan = try await scenario.refresh(id, ["force": true])
            #expect(orphan.status == 503 && orphan.code == "connector_unavailable", "\(orphan.text)")
            #expect(orphan.text.contains("sandbox.yaml"), "the remedy")
            #expect(try await scenario.token(id).status == 200, "a valid token is still served")
            child.kill(SIGTERM)
            try await child.waitForEnd()
        }
    }

    @Test(
        "a definition that goes while it has connections is told by health and the log, by a start too, until it is back"
    )
    func vanishing() async throws {
        let files = try Definitions()
        let file = files.folder.appendingPathComponent("sandbox.yaml")
        let text = try Data(contentsOf: file)
        try await Scenario.run("reload-vanished", connectors: files.folder) { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let before = try reloads(child)
            try FileManager.default.removeItem(at: file)
            try await eventually("it is gone", every: .milliseconds(100)) { try reloads(child) > before }
            #expect(try missing(child) == 0, "nobody needs it")
            #expect(try await connectors(scenario)?["status"] as? String == "healthy")
            try text.write(to: file, options: .atomic)
            try await eventually("it is back", every: .milliseconds(100)) {
                try await scenario.command("GET", "/connectors/sandbox").status == 200
            }
            _ = try await scenario.connect()
            try FileManager.default.removeItem(at: file)
            try await eventually("health says so", every: .milliseconds(200)) {
                try await connectors(scenario)?["status"] as? String == "degraded"
            }
            #expect((try await connectors(scenario)?["detail"] as? String)?.contains("1 definitions") == true)
            try await eventually("the log too", every: .milliseconds(100)) { try missing(child) == 1 }
            child.kill(SIGTERM)
            try await child.waitForEnd()
            let next = try await scenario.host.start()
            #expect(try missing(next) == 2, "the same log")
            try text.write(to: file, options: .atomic)
            try await eventually("health is well again", every: .milliseconds(200)) {
                try await connectors(scenario)?["status"] as? String == "healthy"
            }
            next.kill(SIGTERM)
            try await next.waitForEnd()
        }
    }

    private func connectors(_ scenario: Scenario) async throws -> [String: Any]? {
        let health = try await scenario.host.probe.send("GET", scenario.host.url + "/api/v1/health")
        return (health.json["services"] as? [String: Any])?["connectors"] as? [String: Any]
    }

    private func missing(_ child: ChildProcess) throws -> Int {
        let lines = try String(contentsOf: child.log, encoding: .utf8).split(separator: "\n")
        return lines.count { $0.contains("a definition is not there") && $0.contains("\"level\":\"warning\"") }
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
            let shown = try await scenario.command("GET", "/connectors/sandbox")
            #expect(shown.status == 200 && (shown.json["held"] as? String)?.contains("w1.example.com") == true)
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

    /// One request that must not fail: a token, or now and then the connector, of which only a good version is shown.
    private func read(_ id: String, _ scenario: Scenario, showing: Bool) async throws {
        guard showing else {
            let answer = try await scenario.token(id)
            #expect(answer.status == 200, "\(answer.text)")
            return
        }
        let shown = try await scenario.command("GET", "/connectors/sandbox")
        let title = try #require(shown.json["title"] as? String, "\(shown.text)")
        let number = try #require(title.split(separator: " ").last.flatMap { Int($0) })
        #expect(shown.status == 200 && number % 3 == 0, "\(title) is not of a good version")
    }

    /// Waits until that very version shows what it must: a good one is in force, a broken one's diagnostic and a widening's
    /// reason are in the log.
    private func settled(_ number: Int, _ scenario: Scenario, _ child: ChildProcess) async throws {
        try await eventually("version \(number) is dealt with", every: .milliseconds(10)) {
            switch Definitions.Kind.allCases[number % 3] {
            case .good:
                let shown = try await scenario.command("GET", "/connectors/sandbox")
                return shown.json["title"] as? String == "Sandbox \(number)"
            case .broken:
                return try lines(child, with: "sandbox.yaml:2:1: error: unknown key `broken_\(number)`")
            case .widening:
                return try lines(child, with: "w\(number).example.com") && lines(child, with: "held back")
            }
        }
    }

    private func lines(_ child: ChildProcess, with text: String) throws -> Bool {
        try String(contentsOf: child.log, encoding: .utf8).contains(text)
    }

    private func reloads(_ child: ChildProcess) throws -> Int {
        try String(contentsOf: child.log, encoding: .utf8).components(separatedBy: "definitions reloaded").count - 1
    }
}

/// Requests, counted by several tasks.
private final class Count: Sendable {
    private let state = Mutex(0)

    var value: Int { state.withLock { $0 } }

    /// Counts one more.
    func next() -> Int {
        state.withLock { count in
            count += 1
            return count
        }
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
            case .broken: "format: 1\nbroken_\(number): 1\n"
            case .widening:
                titled.replacingOccurrences(of: "http://127.0.0.1:{port}/token", with: "http://localhost:{port}/token")
                    .replacingOccurrences(
                        of: "http://127.0.0.1:{port}/revoke", with: "https://w\(number).example.com/revoke")
            }
        try content.write(to: folder.appendingPathComponent("sandbox.yaml"), atomically: true, encoding: .utf8)
    }
}
