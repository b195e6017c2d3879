import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// The audit of the real process: no record, no token; and no change that goes unseen.
@Suite(.serialized) struct AuditTests {
    @Test("SECURITY 53: while audit records cannot be written no token is served, health is red, and it recovers")
    func fullDisk() async throws {
        // A file that may not grow is the full disk that needs no mount. The host inherits that the signal is ignored.
        signal(SIGXFSZ, SIG_IGN)
        try await Scenario.run("full-disk") { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let id = try await scenario.connect()
            // The audit file must be larger than what else grows, so that the limit hits it.
            for _ in 0..<200 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<20 { group.addTask { _ = try await scenario.token(id) } }
                    try await group.waitForAll()
                }
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: scenario.host.auditFolder.path)
            let file = scenario.host.auditFolder.appendingPathComponent(try #require(names.first))
            let size = try Data(contentsOf: file).count
            try await Self.limit(child, "\(size + 100)", in: scenario.host.folder)
            let began = ContinuousClock.now
            let refused = try await scenario.token(id)
            #expect(refused.status == 503, "\(refused.text)")
            #expect(refused.json["code"] as? String == "audit_unavailable")
            #expect(refused.json["access_token"] == nil)
            #expect(refused.header("Retry-After") != nil)
            #expect(ContinuousClock.now - began < .seconds(30))
            let refresh = try await scenario.refresh(id, ["observed_generation": 0])
            #expect(refresh.status == 503 && refresh.json["access_token"] == nil, "a refresh serves nothing either")
            let ill = try await scenario.host.probe.send("GET", scenario.host.url + "/api/v1/health")
            #expect(ill.status == 503)
            #expect(Self.status(ill, of: "audit") == "unhealthy")
            try await Self.limit(child, "unlimited", in: scenario.host.folder)
            try await eventually("tokens are served again") { try await scenario.token(id).status == 200 }
            let well = try await scenario.host.probe.send("GET", scenario.host.url + "/api/v1/health")
            #expect(Self.status(well, of: "audit") == "healthy")
            try await scenario.host.stop(child)
            let verdict = try await scenario.host.command("audit", "verify")
            #expect(verdict.code == 0, "\(verdict.output)")
        }
    }

    @Test("a full disk is the illness of the store, not of the keys, which nobody has taken away")
    func fullDiskOfStore() async throws {
        signal(SIGXFSZ, SIG_IGN)
        let host = try TestHost("full-store")
        let child = try await host.start()
        // Before health was asked for the first time, for which a key is made and stored.
        try await Self.limit(child, "0", in: host.folder)
        let ill = try await host.probe.send("GET", host.url + "/api/v1/health")
        #expect(ill.status == 503 && Self.status(ill, of: "store") == "unhealthy", "\(ill.text)")
        #expect(Self.status(ill, of: "keys") == "healthy", "\(ill.text)")
        try await Self.limit(child, "unlimited", in: host.folder)
        _ = try await host.health("healthy")
        try await host.stop(child)
    }

    @Test("SECURITY 54: deleting, reordering, editing and cutting audit lines is found, and checkpoints leave the host")
    func tampering() async throws {
        try await Scenario.run("tampering") { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let id = try await scenario.connect()
            for _ in 0..<20 { _ = try await scenario.token(id) }
            try await beside(scenario, id)
            try await scenario.host.stop(child)
            let sound = try await scenario.host.command("audit", "verify")
            #expect(sound.code == 0, "\(sound.output)")
            #expect(sound.output.contains("reads of") && sound.output.contains("writes of"))
            try await damageFiles(scenario.host)
            try await damageStore(scenario.host, id)
            #expect(try await scenario.host.command("audit", "verify").code == 0, "restored it is sound again")
        }
    }

    /// The host that runs verifies itself, though it goes on writing, and notices what was changed under it.
    private func beside(_ scenario: Scenario, _ id: String) async throws {
        let host = scenario.host
        let reading = Task { while !Task.isCancelled { _ = try await scenario.token(id) } }
        for _ in 0..<3 {
            let live = try await host.command("audit", "verify")
            #expect(live.code == 0 && live.output.contains("reads of"), "\(live.output)")
            #expect(live.output.contains("writes of") && live.output.contains("the audit is sound"))
        }
        reading.cancel()
        _ = try? await reading.value
        let names = try FileManager.default.contentsOfDirectory(atPath: host.auditFolder.path)
        let file = host.auditFolder.appendingPathComponent(try #require(names.first))
        let written = try Data(contentsOf: file)
        let place = try #require(written.range(of: Data("\"served\"".utf8))).lowerBound
        // In place: the host goes on writing behind it.
        let handle = try FileHandle(forUpdating: file)
        func patch(_ text: String) throws {
            try handle.seek(toOffset: UInt64(place))
            try handle.write(contentsOf: Data(text.utf8))
        }
        try patch("\"denied\"")
        let edited = try await host.command("audit", "verify")
        #expect(edited.code == 1 && edited.output.contains("edited"), "\(edited.output)")
        try patch("\"served\"")
        try handle.close()
        let records = try String(contentsOf: file, encoding: .utf8)
        #expect(records.contains("\"action\":\"audit_verify\""), "it is a read as others are")
    }

    private func damageFiles(_ host: TestHost) async throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: host.auditFolder.path)
        let file = host.auditFolder.appendingPathComponent(try #require(names.first))
        let original = try String(contentsOf: file, encoding: .utf8)
        let lines = original.split(separator: "\n").map(String.init)
        #expect(lines.count >= 20)
        func damaged(_ change: (inout [String]) -> Void) -> String {
            var changed = lines
            change(&changed)
            return changed.map { $0 + "\n" }.joined()
        }
        let changes: [(String, String)] = [
            ("missing", damaged { $0.remove(at: 9) }), ("missing", damaged { $0.removeFirst() }),
            ("reordered", damaged { $0.swapAt(4, 12) }), ("reordered", damaged { $0.insert($0[3], at: 10) }),
            ("edited", damaged { $0[6] = $0[6].replacing("service:worker", with: "service:nobody") }),
            ("edited", damaged { $0[0] = $0[0].replacing("served", with: "denied") }),
            ("truncated", damaged { $0.removeLast() }), ("truncated", damaged { $0.removeLast(15) }),
            ("truncated", ""), ("unreadable", damaged { $0[5] = String($0[5].dropLast(3)) }),
            ("unreadable", damaged { $0.insert("{}", at: 2) }),
        ]
        for (kind, text) in changes {
            try Data(text.utf8).write(to: file)
            let verdict = try await host.command("audit", "verify")
            #expect(verdict.code == 1, "\(kind): \(verdict.output)")
            #expect(verdict.output.contains(kind), "\(kind): \(verdict.output)")
        }
        try FileManager.default.removeItem(at: file)
        #expect(try await host.command("audit", "verify").code == 1, "all of it taken away")
        try Data(original.utf8).write(to: file)
        chmod(file.path, 0o600)
    }

    private func damageStore(_ host: TestHost, _ id: String) async throws {
        let original = try Data(contentsOf: host.database)
        let told = try await Database(host).run("SELECT reason FROM event WHERE kind = 'AUDIT_CHECKPOINT'")
        let checkpoint = try #require(told.last?.first as? String)
        let changes = [
            "DELETE FROM audit WHERE sequence = 2",
            "UPDATE audit SET record = replace(record, 'user:user-1', 'user:user-9')",
            "UPDATE audit SET record = (SELECT record FROM audit WHERE sequence = 1) WHERE sequence = 2",
            "UPDATE audit SET hash = flip(hash, 3) WHERE sequence = 2",
            "DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)",
            "UPDATE setting SET value = CAST('999 ' || substr(CAST(value AS TEXT), -64) AS BLOB) WHERE name LIKE 'audit_checkpoint/%'",
        ]
        for change in changes {
            try original.write(to: host.database)
            try await Database(host).run(change)
            let verdict = try await host.command("audit", "verify")
            #expect(verdict.code == 1, "\(change): \(verdict.output)")
        }
        // Whoever cuts the store's chain and forgets its events too is found by who kept a checkpoint.
        try original.write(to: host.database)
        try await Database(host).run("DELETE FROM event WHERE kind = 'AUDIT_CHECKPOINT'")
        try await Database(host).run("DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)")
        #expect(try await host.command("audit", "verify").code == 0, "nothing here tells")
        #expect(try await host.command("audit", "verify", "--checkpoint", checkpoint).code == 1)
        try original.write(to: host.database)
        #expect(try await host.command("audit", "verify", "--checkpoint", checkpoint).code == 0)
        #expect(try await host.command("audit", "verify", "--checkpoint", "nonsense").code == 2)
    }

    @Test("SECURITY 55: the audit names tokens by a keyed hash: the same one can be followed, none can be known")
    func keyedIdentifiers() async throws {
        var seen: [Set<String>] = []
        for name in ["keyed-one", "keyed-two"] {
            let server = try RawServer { _ in
                RawServer.json(#"{"access_token":"canary-keyed-access-token","expires_in":3600}"#)
            }
            let folder = try Definitions.folder(
                name, ["raw": Definitions.text("raw", at: "http://127.0.0.1:\(server.port)")])
            let host = try TestHost(name, connectors: folder)
            let child = try await host.start()
            try await host.configure("raw")
            let imported = try await host.importToken("canary-keyed-refresh-token", "raw")
            let id = try #require(imported.json["id"] as? String, "\(imported.text)")
            for _ in 0..<3 {
                let answer = try await host.call(
                    "GET", "/api/v1/connections/\(id)/token", token: CallerTokens().everything)
                #expect(answer.status == 200)
            }
            try await host.stop(child)
            seen.append(try Self.tokens(in: host))
        }
        try TestFolders.noteCanaries(["canary-keyed-access-token"])
        #expect(seen[0].count == 1, "the same token has the same name in every record")
        #expect(seen[0].isDisjoint(with: seen[1]), "each installation has a key of its own")
        // Nobody can try guesses: it is no plain hash of the token.
        let guess = try await Tool.run(
            "python3", "-c",
            "import hashlib,base64;t=b'canary-keyed-access-token';[print(h.hexdigest(),base64.b64encode(h.digest())) for h in (hashlib.sha256(t),hashlib.sha512(t),hashlib.sha1(t))]",
            log: Tool.log(in: FileManager.default.temporaryDirectory, "guess"))
        for name in seen[0].union(seen[1]) { #expect(name.utf8.count >= 22 && !guess.output.contains(name)) }
    }

    private static func tokens(in host: TestHost) throws -> Set<String> {
        var found: Set<String> = []
        for name in try FileManager.default.contentsOfDirectory(atPath: host.auditFolder.path) {
            let text = try String(contentsOf: host.auditFolder.appendingPathComponent(name), encoding: .utf8)
            for match in text.matches(of: /"token":"([^"]+)"/) { found.insert(String(match.1)) }
        }
        return found
    }

    private static func limit(_ child: ChildProcess, _ size: String, in folder: URL) async throws {
        let result = try await Tool.run(
            "prlimit", "--pid", "\(child.pid)", "--fsize=\(size)\(size == "unlimited" ? "" : ":unlimited")",
            log: Tool.log(in: folder, "prlimit"))
        guard result.code == 0 else { throw Failure("prlimit: \(result.output)") }
    }

    private static func status(_ answer: HTTPProbe.Answer, of service: String) -> String? {
        ((answer.json["services"] as? [String: Any])?[service] as? [String: Any])?["status"] as? String
    }
}
