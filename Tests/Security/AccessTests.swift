import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// Who may do what, and what the others learn.
@Suite(.serialized) struct AccessTests {
    @Test("SECURITY 33: every caller at every route: what DESIGN.md allows, and nothing else")
    func matrix() async throws {
        try await Scenario.run("matrix") { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure(client: "sandbox-static")
            var table: [[String]] = [["route"] + AccessCaller.all.map(\.description)]
            for row in AccessCase.all {
                var line = ["\(row.method) \(row.path) \(row.json.map { "\($0.keys.sorted())" } ?? "")"]
                let isEnding = row.path.hasSuffix("/revoke") || row.method == "DELETE"
                var id = try await scenario.connectForAll(client: "sandbox-static")
                for caller in AccessCaller.all {
                    let json = row.json?.mapValues { ($0 as? String) == "{id}" ? id : $0 }
                    let answer = try await scenario.host.probe.send(
                        row.method, scenario.host.url + row.path.replacing("{id}", with: id), token: caller.token,
                        json: json)
                    let expected = row.expected(caller)
                    #expect(answer.status == expected, "\(caller): \(line[0]): \(answer.text)")
                    if expected >= 400 {
                        #expect(answer.header("Content-Type") == "application/problem+json")
                        #expect(!answer.text.contains("sandbox_at_"))
                    }
                    line.append("\(answer.status)")
                    if isEnding, answer.status == 202 {
                        id = try await scenario.connectForAll(client: "sandbox-static")
                    }
                }
                table.append(line)
            }
            print(Self.text(of: table))
            // Whatever is not on the list does not exist, for anybody.
            for path in ["/api/v1/connectors/sandbox/credential", "/api/v1/internal", "/api/v1", "/admin"] {
                for caller in AccessCaller.all {
                    let answer = try await scenario.host.probe.send(
                        "GET", scenario.host.url + path, token: caller.token)
                    #expect(answer.status == 404 || answer.status == 401 || answer.status == 403, "\(path)")
                }
            }
            try await scenario.host.stop(child)
        }
    }

    @Test("SECURITY 34: another organization's connection answers as one that does not exist, and no list shows it")
    func tenants() async throws {
        try await Scenario.run("tenants") { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let id = try await scenario.connect()
            let other = CallerTokens(organization: "org-2")
            let unknown = "conn_" + String(repeating: "0123456789abcdef", count: 2)
            let calls = AccessCase.all.filter { $0.path.contains("{id}") || $0.json?["connection"] != nil }
            #expect(calls.count >= 8)
            for call in calls {
                for token in [other.user(), other.service(everyScope: nil)] {
                    var bodies: [String] = []
                    for name in [id, unknown] {
                        let json = call.json?.mapValues { ($0 as? String) == "{id}" ? name : $0 }
                        let answer = try await scenario.host.probe.send(
                            call.method, scenario.host.url + call.path.replacing("{id}", with: name), token: token,
                            json: json,
                            headers: ["X-Request-ID": "same"])
                        bodies.append("\(answer.status) " + answer.text.replacing(name, with: "{id}"))
                    }
                    #expect(bodies[0] == bodies[1], "\(call.method) \(call.path)")
                    #expect(!bodies[0].hasPrefix("2"))
                }
            }
            for path in [
                "/api/v1/connections", "/api/v1/connections?name=x", "/api/v1/connections?owner=user-1&status=active",
            ] {
                let list = try await scenario.host.call("GET", path, token: other.user())
                #expect((list.json["items"] as? [Any])?.isEmpty == true, "\(path)")
            }
            let events = try await scenario.host.call("GET", "/api/v1/events", token: other.service("events:read"))
            #expect((events.json["events"] as? [Any])?.isEmpty == true)
            let connectors = try await scenario.host.call("GET", "/api/v1/connectors", token: other.user())
            let sandbox = (connectors.json["items"] as? [[String: Any]] ?? []).first {
                $0["id"] as? String == "sandbox"
            }
            #expect(sandbox?["configured"] as? Bool == false)
            #expect((sandbox?["connections"] as? [String: Int])?.values.allSatisfy { $0 == 0 } == true)
            let config = try await scenario.host.call("GET", "/api/v1/connectors/sandbox/config", token: other.user())
            #expect(!config.text.contains("sandbox-client"))
            // A grant that the first one holds: told only that there is one, not whose.
            _ = try await scenario.host.call(
                "PUT", "/api/v1/connectors/sandbox/config", token: other.user(),
                json: [
                    "client_id": "sandbox-client", "client_secret": "sandbox-secret",
                    "inputs": ["port": "\(try await scenario.provider.port)"],
                ])
            guard let grant = scenario.provider.issueGrant(clientID: "sandbox-client") else {
                throw Failure("no grant")
            }
            let first = try await scenario.host.importToken(grant.refreshToken, "sandbox")
            #expect(first.status == 201)
            let second = try await scenario.host.importToken(grant.refreshToken, "sandbox", callers: other)
            #expect(second.status == 409)
            #expect(!second.text.contains(first.json["id"] as? String ?? "-") && !second.text.contains("org-1"))
            // Nothing of this did anything to the connection.
            #expect(try await scenario.show(id)["status"] as? String == "active")
            #expect(try await scenario.token(id).status == 200)
            try await scenario.host.stop(child)
        }
    }

    @Test("SECURITY 34: a member sees his own and the organization's connections, of others nothing")
    func members() async throws {
        try await Scenario.run("members") { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let own = try await scenario.connect()
            let member = scenario.callers.user("user-2", role: "member")
            let unknown = try await scenario.host.call(
                "GET", "/api/v1/connections/conn_unknown", token: member, headers: ["X-Request-ID": "same"])
            let hidden = try await scenario.host.call(
                "GET", "/api/v1/connections/\(own)", token: member, headers: ["X-Request-ID": "same"])
            #expect(hidden.status == 404)
            #expect(hidden.text.replacing(own, with: "conn_unknown") == unknown.text)
            let shared = try await scenario.connectForAll()
            #expect(try await scenario.host.call("GET", "/api/v1/connections/\(shared)", token: member).status == 200)
            let list = try await scenario.host.call("GET", "/api/v1/connections", token: member)
            #expect((list.json["items"] as? [[String: Any]])?.compactMap { $0["id"] as? String } == [shared])
            for path in ["authorize", "connections"] {
                let answer = try await scenario.host.call(
                    "POST", "/api/v1/connectors/sandbox/\(path)", token: member,
                    json: ["owner": "user-1", "grant": "refresh_token", "refresh_token": "x-made-up"].filter {
                        path == "connections" || $0.key == "owner"
                    })
                #expect(answer.status == (path == "authorize" ? 404 : 403))
            }
            try await scenario.host.stop(child)
        }
    }

    @Test("SECURITY 53: a repeated Idempotency-Key gives no token away: rights, state and audit count each time")
    func repeatedRefresh() async throws {
        try await Scenario.run("repeated") { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let id = try await scenario.connect()
            let path = "/api/v1/connections/\(id)/refresh"
            let headers = ["Idempotency-Key": "once"]
            let service = scenario.callers.service("token:refresh", "token:force")
            let first = try await scenario.host.call(
                "POST", path, token: service, json: ["force": true], headers: headers)
            #expect(first.status == 200)
            let calls = scenario.provider.statistics().refreshCalls
            let records = try Self.auditLines(scenario.host)
            let again = try await scenario.host.call(
                "POST", path, token: service, json: ["force": true], headers: headers)
            #expect(again.status == 200)
            #expect(again.json["access_token"] as? String == first.json["access_token"] as? String)
            #expect(scenario.provider.statistics().refreshCalls == calls, "it was done already")
            #expect(try Self.auditLines(scenario.host) == records + 1, "this token was served too")
            // The same service with a lesser token.
            let lesser = scenario.callers.service("connector:read")
            let refused = try await scenario.host.call(
                "POST", path, token: lesser, json: ["force": true], headers: headers)
            #expect(refused.status == 403)
            let other = try await scenario.host.call("POST", path, token: service, json: [:], headers: headers)
            #expect(other.status == 422, "the same key with another body")
            _ = try await scenario.host.call(
                "POST", "/api/v1/connections/\(id)/revoke", token: scenario.callers.user())
            let late = try await scenario.host.call(
                "POST", path, token: service, json: ["force": true], headers: headers)
            #expect(late.status == 409 && late.json["access_token"] == nil, "\(late.text)")
            try await scenario.host.stop(child)
        }
    }

    @Test("SECURITY 34: an answer kept for an Idempotency-Key is for the same caller with the same rights only")
    func repeatedAuthorize() async throws {
        try await Scenario.run("repeated-authorize") { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let path = "/api/v1/connectors/sandbox/authorize"
            let headers = ["Idempotency-Key": "once"]
            func send(_ token: String) async throws -> HTTPProbe.Answer {
                let answer = try await scenario.host.call(
                    "POST", path, token: token, json: ["name": "a"], headers: headers)
                if let state = answer.json["state"] as? String { try TestFolders.noteCanaries([state]) }
                return answer
            }
            let first = try await send(scenario.callers.service("connection:write"))
            #expect(first.status == 201)
            let again = try await send(scenario.callers.service("connection:write"))
            #expect(again.text == first.text)
            #expect(again.header("Idempotency-Replayed") == "true")
            for token in [
                scenario.callers.service("connector:read"),
                scenario.callers.service("connection:write", connectors: ["github"]),
                CallerTokens(organization: "org-2").service("connection:write"), scenario.callers.user(),
            ] {
                let answer = try await send(token)
                #expect(answer.json["state"] as? String != first.json["state"] as? String)
            }
            try await scenario.host.stop(child)
        }
    }

    private static func auditLines(_ host: TestHost) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: host.auditFolder.path).reduce(0) { sum, name in
            let text = try String(contentsOf: host.auditFolder.appendingPathComponent(name), encoding: .utf8)
            return sum + text.split(separator: "\n").count
        }
    }

    private static func text(of table: [[String]]) -> String {
        let widths = table[0].indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { line in
            zip(line, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: " | ")
        }.joined(separator: "\n")
    }
}

extension Scenario {
    /// A connection of the organization, which members see too.
    func connectForAll(client: String = "sandbox-client") async throws -> String {
        guard let grant = provider.issueGrant(clientID: client, scope: "read offline") else {
            throw Failure("no grant")
        }
        let answer = try await host.importToken(grant.refreshToken, "sandbox", more: ["owner": "organization"])
        guard let id = answer.json["id"] as? String else { throw Failure("import: \(answer.status) \(answer.text)") }
        return id
    }
}
