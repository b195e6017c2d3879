import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// What lies on the disk, looked at and changed by somebody who has the files but not the key.
@Suite(.serialized) struct SealTests {
    @Test("SECURITY 18: after a whole life no byte on the disk is a token, secret, verifier or code")
    func oneLife() async throws {
        let server = try RawServer { request in
            guard request.path == "/token" else { return RawServer.json("{}") }
            let number = request.form["grant_type"] == "refresh_token" ? "2" : "1"
            return RawServer.json(
                #"{"access_token":"canary-life-access-\#(number)-+/=~","refresh_token":"canary-life-refresh-\#(number)-+/=~","expires_in":3600}"#
            )
        }
        let base = "http://127.0.0.1:\(server.port)"
        let revocation = "revocation:\n  endpoint: \(base)/revoke"
        let folder = try Definitions.folder("life", ["life": Definitions.text("life", at: base, revocation)])
        let host = try TestHost("life", connectors: folder)
        let child = try await host.start()
        try await host.configure("life", secret: "canary-life-secret-+/=~ &?")
        let callers = CallerTokens()
        let browser = Browser(host: host, callers: callers)
        let start = try await browser.authorize("life", ["metadata": ["note": "kept"]])
        let visit = try await browser.open(start)
        let state = browser.query(visit.location)["state"] ?? ""
        let callback = "\(host.url)/oauth/callback?code=canary-life-code-1&state=\(state)"
        #expect(try await browser.callback(callback, cookie: visit.cookie).status < 400)
        let verifier = server.requests.first?.form["code_verifier"] ?? ""
        #expect(verifier.utf8.count >= 43)
        let refreshed = try await host.call(
            "POST", "/api/v1/connections/\(start.connection)/refresh", token: callers.everything, json: ["force": true],
            headers: ["Idempotency-Key": "life-1"])
        #expect(refreshed.json["access_token"] as? String == "canary-life-access-2-+/=~")
        _ = try await host.call("GET", "/api/v1/connections/\(start.connection)/token", token: callers.everything)
        let pending = try await browser.authorize("life")
        let pendingVisit = try await browser.open(pending)
        try await host.saveMetrics()
        child.kill(SIGKILL)  // the write-ahead log and the spool stay as they are
        try await child.waitForEnd()
        let secrets = [
            "canary-life-access-1-+/=~", "canary-life-access-2-+/=~", "canary-life-refresh-1-+/=~",
            "canary-life-refresh-2-+/=~", "canary-life-secret-+/=~ &?", "canary-life-code-1", verifier, state,
            start.state,
            String(visit.cookie.split(separator: "=")[1]), String(pendingVisit.cookie.split(separator: "=")[1]),
        ]
        try TestFolders.noteCanaries(secrets)
        let scan = try await CanaryScan.run(host.folder, for: secrets + CallerTokens.canaries)
        #expect(scan.code == 0, "\(scan.output)")
        let log = URL(fileURLWithPath: host.database.path + "-wal")
        #expect(try Data(contentsOf: log).count > 100_000, "there is something to scan")
        // Once more to the end: delete, revoke, erase.
        let restarted = try await host.start()
        let deleted = try await host.call(
            "DELETE", "/api/v1/connections/\(start.connection)", token: callers.user())
        #expect(deleted.status == 202)
        try await eventually("both tokens are revoked") { server.requests.contains { $0.path == "/revoke" } }
        try await host.stop(restarted)
        let last = try await CanaryScan.run(host.folder, for: secrets + CallerTokens.canaries)
        #expect(last.code == 0, "\(last.output)")
    }

    @Test("SECURITY 18: a scan finds a secret that was planted, in each form")
    func plantedSecrets() async throws {
        let place = FileManager.default.temporaryDirectory.appendingPathComponent("planted-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        let secret = "planted-secret/with+signs=&more"
        let base64 = Data("user:\(secret)".utf8).base64EncodedString()
        let forms = [
            secret, base64, base64.replacing("+", with: "-").replacing("/", with: "_"),
            Data(secret.utf8).map { String(format: "%02x", $0) }.joined(),
            secret.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "",
        ]
        let file = place.appendingPathComponent("file.db")
        for (index, form) in forms.enumerated() {
            for shift in 0..<8 {
                try Data((String(repeating: "x", count: 4090 + shift) + form + "y").utf8).write(to: file)
                let scan = try await CanaryScan.run(place, for: ["some-other-secret", secret])
                #expect(scan.code == 1, "form \(index), shifted by \(shift): \(scan.output)")
                #expect(scan.output.contains("file.db"))
                #expect(!scan.output.contains(secret), "the scan does not repeat what it found")
            }
        }
        try Data("nothing here".utf8).write(to: file)
        #expect(try await CanaryScan.run(place, for: [secret]).code == 0)
        #expect(try await CanaryScan.run(place, for: []).code == 2, "a scan for nothing proves nothing")
    }

    @Test("SECURITY 20: a sealed value that was moved to another place does not open")
    func moved() async throws {
        try await Scenario.run("moved") { scenario in
            var child = try await scenario.host.start()
            try await scenario.configure(client: "sandbox-static")
            let (one, two) = (
                try await scenario.connect(client: "sandbox-static"),
                try await scenario.connect(client: "sandbox-static")
            )
            let tokens = [try await Self.accessToken(scenario, one), try await Self.accessToken(scenario, two)]
            _ = try await scenario.refresh(two, ["force": true])
            try await scenario.host.stop(child)
            let original = try Data(contentsOf: scenario.host.database)
            let ofTwo = "SELECT sealed FROM version WHERE connection = '\(two)' AND status = 'current'"
            let old = "SELECT sealed FROM version WHERE connection = '\(two)' AND status = 'superseded' LIMIT 1"
            let secret = "SELECT sealed FROM client_secret LIMIT 1"
            let moves = [
                "UPDATE version SET sealed = (\(ofTwo)) WHERE connection = '\(one)'",
                "UPDATE version SET sealed = (\(old)) WHERE connection = '\(two)' AND status = 'current'",
                "UPDATE version SET sealed = (\(secret))",
                "UPDATE version SET attempt = attempt || 'x'",
                "UPDATE line SET organization = 'org-2'",
            ]
            for move in moves {
                try original.write(to: scenario.host.database)
                try await Database(scenario.host).run(move)
                child = try await scenario.host.start()
                for id in move.contains("'\(one)'") ? [one] : [two] {
                    let answer = try await scenario.host.call(
                        "GET", "/api/v1/connections/\(id)/token", token: scenario.callers.everything)
                    #expect(answer.status == 503, "\(move): \(answer.status)")
                    for token in tokens { #expect(!answer.text.contains(token)) }
                }
                try await scenario.host.stop(child)
            }
            try original.write(to: scenario.host.database)
            child = try await scenario.host.start()
            #expect(try await Self.accessToken(scenario, one) == tokens[0], "unchanged it opens")
            try await scenario.host.stop(child)
        }
    }

    @Test("SECURITY 21: one flipped bit of a sealed value is an error, never data")
    func flipped() async throws {
        try await Scenario.run("flipped") { scenario in
            var child = try await scenario.host.start()
            try await scenario.configure(client: "sandbox-static")
            let id = try await scenario.connect(client: "sandbox-static")
            let token = try await Self.accessToken(scenario, id)
            try await scenario.host.stop(child)
            let original = try Data(contentsOf: scenario.host.database)
            // The format, the key's id, the nonce, the ciphertext, the tag; and the wrapped data key behind them.
            let versions = [0, 9, 40, 330, 400, 900, -1].map { bit in
                "UPDATE version SET sealed = flip(sealed, \(bit < 0 ? "length(sealed) * 8 - 1" : "\(bit)")) WHERE status = 'current'"
            }
            let keys = [0, 100, 400].map {
                "UPDATE data_key SET wrapped = flip(wrapped, \($0)) WHERE organization = 'org-1'"
            }
            for change in versions + keys {
                try original.write(to: scenario.host.database)
                try await Database(scenario.host).run(change)
                child = try await scenario.host.start()
                let answer = try await scenario.host.call(
                    "GET", "/api/v1/connections/\(id)/token", token: scenario.callers.everything)
                #expect(answer.status == 503 && answer.json["code"] as? String == "keys_unavailable", "\(change)")
                #expect(answer.json["access_token"] == nil && !answer.text.contains(token))
                try await scenario.host.stop(child)
            }
        }
    }

    @Test("SECURITY 22: a data key that has sealed nearly 2^31 times is followed by a new one, and still opens")
    func encryptionCounter() async throws {
        try await Scenario.run("counter") { scenario in
            var child = try await scenario.host.start()
            try await scenario.configure(client: "sandbox-static")
            let id = try await scenario.connect(client: "sandbox-static")
            let token = try await Self.accessToken(scenario, id)
            try await scenario.host.stop(child)
            let count = "SELECT count(*), max(encryptions) FROM data_key WHERE organization = 'org-1'"
            let before = try await Database(scenario.host).run(count)
            #expect(before.first?.first as? Int == 1)
            #expect((before.first?.last as? Int ?? 0) > 0, "encryptions are counted")
            try await Database(scenario.host).run("UPDATE data_key SET encryptions = 2147483647")
            child = try await scenario.host.start()
            #expect(try await Self.accessToken(scenario, id) == token, "what it sealed still opens")
            #expect(try await scenario.refresh(id, ["force": true]).status == 200)
            try await scenario.host.stop(child)
            let after = try await Database(scenario.host).run(count)
            #expect(after.first?.first as? Int == 2)
            #expect(after.first?.last as? Int == 2_147_483_647, "the old key sealed nothing more")
        }
    }

    @Test("SECURITY 26: with another key, or none, the host refuses to start and writes nothing")
    func wrongKey() async throws {
        try await Scenario.run("wrong-key") { scenario in
            var child = try await scenario.host.start()
            try await scenario.configure()
            let id = try await scenario.connect()
            let token = try await Self.accessToken(scenario, id)
            try await scenario.host.stop(child)
            let key = scenario.host.folder.appendingPathComponent("master.key")
            let right = try Data(contentsOf: key)
            let database = try Data(contentsOf: scenario.host.database)
            let spool = try Self.listing(scenario.host.folder.appendingPathComponent("spool"))
            let names = { try FileManager.default.contentsOfDirectory(atPath: scenario.host.folder.path).sorted() }
            let before = try names()
            for wrong in [Data(repeating: 7, count: 32), nil] {
                try FileManager.default.removeItem(at: key)
                if let wrong { try Self.write(wrong, to: key) }
                child = try scenario.host.launch()
                try await child.waitForEnd()
                #expect(child.exitCode == 3)
                #expect(try Data(contentsOf: scenario.host.database) == database, "not a byte was written")
                #expect(try names() == before.filter { wrong != nil || $0 != "master.key" }, "nothing is left behind")
                #expect(try Self.listing(scenario.host.folder.appendingPathComponent("spool")) == spool)
                #expect(FileManager.default.fileExists(atPath: key.path) == (wrong != nil), "no key is made")
                if wrong == nil { try Self.write(right, to: key) }
            }
            #expect(try scenario.host.printed().contains("KEY_PROVIDER"), "the remedy is named")
            child = try await scenario.host.start()
            #expect(try await Self.accessToken(scenario, id) == token)
            try await scenario.host.stop(child)
        }
    }

    private static func accessToken(_ scenario: Scenario, _ id: String) async throws -> String {
        let answer = try await scenario.token(id)
        guard let token = answer.json["access_token"] as? String else {
            throw Failure("\(answer.status) \(answer.text)")
        }
        return token
    }

    private static func write(_ bytes: Data, to key: URL) throws {
        try bytes.write(to: key)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key.path)
    }

    /// Every file below a folder with its bytes.
    private static func listing(_ folder: URL) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            files[path] = (try? Data(contentsOf: folder.appendingPathComponent(path))) ?? Data()
        }
        return files
    }
}
