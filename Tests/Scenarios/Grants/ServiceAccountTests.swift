import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// A service account with domain-wide delegation, from the upload of its key file to its tokens, against a token endpoint
/// that verifies signature, audience and times, and takes each assertion once.
@Suite(.hosts(1)) struct ServiceAccountTests {
    private static let users = ["ada@example.com", "bob@example.com"]
    private static let scopeSets = [["mail.read"], ["calendar.read", "drive.read"]]
    private static let route = "/connectors/robots"

    @Test("a key file uploaded, downloaded, used for two subjects and two scope sets, each with its own token")
    func wholeLife() async throws {
        let file = try KeyFile()
        try await Self.serving("service-account") { scenario, child in
            file.register(
                at: scenario.provider, subjects: Self.users, scopes: ["mail.read", "calendar.read", "drive.read"])
            try await Self.showsUpload(file, scenario)
            try await Self.showsDownload(file, scenario)
            let connections = try await Self.connectAll(scenario)
            let first = try await Self.tokens(of: connections, generation: 1, scenario)
            #expect(scenario.provider.takenAssertions == 4)
            for id in connections.map(\.id) {
                #expect(try await scenario.refresh(id, ["force": true]).outcome == "refreshed")
            }
            let second = try await Self.tokens(of: connections, generation: 2, scenario)
            #expect(Set(first + second).count == 8, "each refresh brings a token of its own")
            #expect(scenario.provider.takenAssertions == 8, "by an assertion of its own")
            try await Self.survivesRestart(child, connections[0].id, scenario)
            try await Self.ends(connections.map(\.id), scenario)
        }
    }

    @Test("one subject or scope that was not delegated, or a wrong key, harms nobody else; nothing half-made stays")
    func refusals() async throws {
        let (file, other) = (try KeyFile(), try KeyFile())
        try await Self.serving("service-account-refused") { scenario, child in
            file.register(at: scenario.provider, subjects: ["ada@example.com"], scopes: ["mail.read"])
            let empty = try await Self.redeem("ada@example.com", ["mail.read"], scenario)
            #expect(empty.status == 409 && empty.code == "not_configured", "\(empty.text)")
            #expect(empty.text.contains("credentials"), "the remedy names the route")
            #expect(try await file.upload(to: "robots", of: scenario).status == 200)
            let made = try await Self.redeem("ada@example.com", ["mail.read"], scenario)
            let id = try #require(made.json["id"] as? String)
            for (subject, scopes) in [("eve@example.com", ["mail.read"]), ("ada@example.com", ["drive.read"])] {
                for _ in 0..<2 {
                    let refused = try await Self.redeem(subject, scopes, scenario)
                    #expect(refused.status == 424 && refused.code == "provider_error", "\(refused.text)")
                }
            }
            #expect(try await scenario.refresh(id, ["force": true]).generation == 2, "the client is not stopped")
            let list = try await scenario.command("GET", "/connections").json["items"] as? [Any]
            #expect(list?.count == 1)
            // Another key than the one that is registered: the stored token is served, and the right key mends it.
            #expect(try await other.upload(to: "robots", of: scenario).status == 200)
            #expect(try await scenario.refresh(id, ["force": true]).generation == 2)
            #expect(try await scenario.token(id).generation == 2)
            #expect(try await file.upload(to: "robots", of: scenario).status == 200)
            try await scenario.reaches(3, id)
            try await scenario.reaches("active", id)
            let unusable = try await scenario.command(
                "PUT", "\(Self.route)/credentials", ["private_key": "no key at all"])
            #expect(unusable.status == 422 && unusable.text.contains("private_key"), "\(unusable.text)")
            #expect(try await scenario.refresh(id, ["force": true]).generation == 4, "the key before it still signs")
            child.kill(SIGTERM)
            try await child.waitForEnd()
        }
    }

    @Test("null for the settings or inputs of a config removes all of them, secret inputs too, and nothing else")
    func nothingIsLeft() async throws {
        let file = try KeyFile()
        try await Self.serving("service-account-nulls") { scenario, child in
            #expect(try await file.upload(to: "robots", of: scenario).status == 200)
            let (route, callers) = ("\(Self.route)/config", scenario.callers)
            let set = try await scenario.command(
                "PUT", route, ["settings": ["idle_lifetime": "1d", "rotation": "static"], "scopes": ["mail.read"]])
            #expect(set.status == 200 && (set.json["inputs"] as? [String: Any])?.count == 4, "\(set.text)")
            let removed = try await scenario.host.probe.send(
                "PUT", scenario.host.url + "/api/v1" + route, token: callers.user(),
                body: Data(#"{"settings":null,"inputs":null}"#.utf8), headers: ["Content-Type": "application/json"])
            for answer in [removed, try await scenario.command("GET", route)] {
                #expect(answer.status == 200 && (answer.json["inputs"] as? [String: Any])?.isEmpty == true)
                let settings = try #require(answer.json["settings"] as? [String: Any])
                #expect(settings["idle_lifetime"] is NSNull && settings["rotation"] is NSNull, "\(answer.text)")
                #expect(answer.json["scopes"] as? [String] == ["mail.read"], "it was left out")
            }
            let shown = try await scenario.command("GET", "\(Self.route)/credentials")
            #expect(shown.json["configured"] as? Bool == false, "\(shown.text)")
            child.kill(SIGTERM)
            try await child.waitForEnd()
        }
    }

    // MARK: Steps

    /// A host whose connector `robots` is the shipped service account, but for where its token endpoint is.
    private static func serving(
        _ name: String, _ body: @Sendable (Scenario, ChildProcess) async throws -> Void
    ) async throws {
        let folder = try TestFolders.make("\(name)-connectors")
        let shipped = TestFolders.repository.appendingPathComponent("connectors.d/google-service-account.yaml")
        try FileManager.default.copyItem(
            at: shipped, to: folder.appendingPathComponent("google-service-account.yaml"))
        let text = """
            format: 1
            id: robots
            title: Service accounts of the simulated provider
            extends: google-service-account
            inputs:
              port: {title: Port, per: organization, pattern: "[0-9]{1,5}"}
            token:
              endpoint: http://127.0.0.1:{port}/token
            """
        try Data(text.utf8).write(to: folder.appendingPathComponent("robots.yaml"))
        try await Scenario.run(name, connectors: folder) { scenario in
            let child = try await scenario.host.start()
            let port = try await scenario.provider.port
            let set = try await scenario.command("PUT", "\(route)/config", ["inputs": ["port": "\(port)"]])
            #expect(set.status == 200, "\(set.text)")
            try await body(scenario, child)
        }
    }

    private static func showsUpload(_ file: KeyFile, _ scenario: Scenario) async throws {
        let before = try await scenario.command("GET", "\(route)/credentials")
        #expect(before.status == 200 && before.json["configured"] as? Bool == false)
        #expect(before.json["updated_at"] is NSNull)
        let uploaded = try await file.upload(to: "robots", of: scenario)
        let shown = try await scenario.command("GET", "\(route)/credentials")
        let config = try await scenario.command("GET", "\(route)/config")
        for answer in [uploaded, shown] {
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.json["configured"] as? Bool == true && answer.json["updated_at"] is String)
            #expect(answer.json["fields"] as? [String: String] == file.members.mapValues { _ in "set" })
        }
        for answer in [uploaded, shown, config] {
            #expect(!answer.text.contains("PRIVATE KEY") && !answer.text.contains(KeyFile.account))
        }
    }

    private static func showsDownload(_ file: KeyFile, _ scenario: Scenario) async throws {
        let path = "\(route)/credentials/download"
        let downloaded = try await scenario.command("GET", path)
        #expect(downloaded.status == 200)
        #expect(downloaded.json as? [String: String] == file.members)
        #expect(downloaded.header("Content-Disposition") == #"attachment; filename="credentials.json""#)
        #expect(downloaded.header("Cache-Control") == "no-store")
        let service = try await scenario.host.call("GET", "/api/v1" + path, token: scenario.callers.everything)
        #expect(service.status == 403 && !service.text.contains("PRIVATE KEY"))
        let records = try HostFiles(folder: scenario.host.folder).audit("download_credentials")
        #expect(records.count == 1 && records[0].contains("user:user-1"))
    }

    private static func redeem(
        _ subject: String, _ scopes: [String], _ scenario: Scenario
    ) async throws -> HTTPProbe.Answer {
        try await scenario.command(
            "POST", "\(route)/connections", ["grant": "jwt_bearer", "subject": subject, "scopes": scopes])
    }

    private struct Connection {
        let id: String
        let subject: String
        let scopes: [String]
    }

    private static func connectAll(_ scenario: Scenario) async throws -> [Connection] {
        var connections: [Connection] = []
        for subject in users {
            for scopes in scopeSets {
                let made = try await redeem(subject, scopes, scenario)
                #expect(made.status == 201 && made.json["status"] as? String == "active", "\(made.text)")
                #expect(made.json["granted_scopes"] as? [String] == scopes)
                let id = try #require(made.json["id"] as? String)
                connections.append(Connection(id: id, subject: subject, scopes: scopes))
            }
        }
        return connections
    }

    /// The tokens, each good at the provider for its own subject and scopes.
    private static func tokens(
        of connections: [Connection], generation: Int, _ scenario: Scenario
    ) async throws -> [String] {
        var tokens: [String] = []
        for connection in connections {
            let read = try await scenario.token(connection.id)
            #expect(read.generation == generation && read.json["scopes"] as? [String] == connection.scopes)
            let token = try #require(read.json["access_token"] as? String)
            let seen = try await scenario.host.probe.send(
                "GET", try await scenario.provider.issuer + "/userinfo", token: token)
            #expect(seen.json["sub"] as? String == connection.subject)
            #expect(seen.json["scope"] as? String == connection.scopes.joined(separator: " "))
            #expect(seen.json["client_id"] as? String == KeyFile.account)
            tokens.append(token)
        }
        return tokens
    }

    private static func survivesRestart(_ child: ChildProcess, _ id: String, _ scenario: Scenario) async throws {
        child.kill(SIGKILL)
        try await child.waitForEnd()
        let again = try await scenario.host.start()
        #expect(try await scenario.refresh(id, ["force": true]).generation == 3)
        let used = try await scenario.command("DELETE", "\(route)/credentials")
        #expect(used.status == 409 && used.code == "in_use")
        again.kill(SIGTERM)
        try await again.waitForEnd()
        #expect(again.exitCode == 0)
    }

    /// Without connections the credentials can go.
    private static func ends(_ ids: [String], _ scenario: Scenario) async throws {
        let child = try await scenario.host.start()
        for id in ids { #expect(try await scenario.command("DELETE", "/connections/\(id)").status == 202) }
        try await eventually("the credentials can be deleted", every: .milliseconds(50)) {
            try await scenario.command("DELETE", "\(route)/credentials").status == 204
        }
        let after = try await scenario.command("GET", "\(route)/credentials")
        #expect(
            after.json["configured"] as? Bool == false && (after.json["fields"] as? [String: String])?.isEmpty == true)
        #expect(try await scenario.command("GET", "\(route)/credentials/download").status == 404)
        child.kill(SIGTERM)
        try await child.waitForEnd()
        #expect(child.exitCode == 0)
    }
}
