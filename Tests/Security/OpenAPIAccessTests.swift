import Foundation
import TestSupport
import Testing

/// The OpenAPI document as the access matrix: whom it names may call, and nobody else (SECURITY 33).
@Suite(.serialized) struct OpenAPIAccessTests {
    @Test("SECURITY 33: every operation of the document answers whom x-who names, and refuses everybody else")
    func matrix() async throws {
        try await Scenario.run("openapi-access") { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let operations = try await DocumentedOperation.all(of: scenario.host)
            #expect(operations.count > 30)
            let shared = try await scenario.connectForAll()
            for operation in operations {
                for caller in DocumentCaller.all {
                    let id = operation.id == "deleteConnection" ? try await scenario.connectForAll() : shared
                    let answer = try await scenario.host.probe.send(
                        operation.method, scenario.host.url + operation.path(connection: id), token: caller.token,
                        json: operation.body(of: caller.role), headers: ["X-Request-ID": "matrix"])
                    check(answer, operation, caller)
                }
            }
            try await scenario.host.stop(child)
        }
    }

    private func check(_ answer: HTTPProbe.Answer, _ operation: DocumentedOperation, _ caller: DocumentCaller) {
        let place = "\(operation.id) as \(caller): \(answer.status) \(answer.json["detail"] ?? "")"
        #expect(operation.statuses.contains(answer.status), "not in the document: \(place)")
        guard let who = operation.who else {
            #expect(![401, 403].contains(answer.status), "\(place)")
            return
        }
        if caller.token == nil {
            #expect(answer.status == 401, "\(place)")
        } else if !caller.isNamed(by: who) {
            #expect(answer.status == 403, "\(place)")
        } else if caller.organization != "org-1", operation.template.contains("{id}") {
            #expect(answer.status == 404, "\(place)")
        } else {
            #expect(![401, 403].contains(answer.status), "\(place)")
        }
    }

    @Test("what is served is what token-manager openapi prints, whatever the settings")
    func printed() async throws {
        try await Scenario.run("openapi-printed") { scenario in
            let child = try await scenario.host.start()
            let served = try await scenario.host.probe.send("GET", scenario.host.url + "/openapi.json")
            #expect(served.status == 200 && served.header("Content-Type") == "application/json")
            let printed = try await scenario.host.command("openapi")
            #expect(printed.code == 0)
            #expect(served.text == printed.output)
            try await scenario.host.stop(child)
        }
    }
}

/// Who calls: three users of two organizations, four services with scopes apart, and nobody.
private struct DocumentCaller: CustomStringConvertible {
    let description: String
    let token: String?
    var organization = "org-1"
    /// The role of a user.
    var role: String?
    /// The scopes of a service.
    var scopes: [String] = []

    static let all: [DocumentCaller] = {
        let own = CallerTokens()
        return [
            .init(description: "nobody", token: nil),
            .init(description: "an admin", token: own.user(), role: "admin"),
            .init(description: "a member", token: own.user("user-2", role: "member"), role: "member"),
            .init(
                description: "another organization's admin", token: CallerTokens(organization: "org-2").user(),
                organization: "org-2", role: "admin"),
            .init(
                description: "a reader", token: own.service("connector:read", "events:read", "config:read"),
                scopes: ["connector:read", "events:read", "config:read"]),
            .init(
                description: "a writer", token: own.service("connector:write", "connection:write", "config:write"),
                scopes: ["connector:write", "connection:write", "config:write"]),
            .init(
                description: "a worker", token: own.service("token:read", "token:refresh", "token:force"),
                scopes: ["token:read", "token:refresh", "token:force"]),
            .init(description: "a service without scopes", token: own.service()),
        ]
    }()

    func isNamed(by who: DocumentedOperation.Who) -> Bool {
        role.map(who.roles.contains) ?? !who.scopes.isDisjoint(with: scopes)
    }
}

/// An operation as the served document tells it.
private struct DocumentedOperation {
    struct Who {
        let roles: Set<String>
        let scopes: Set<String>
    }

    let method: String
    let template: String
    let id: String
    /// Nil: everybody.
    let who: Who?
    let statuses: Set<Int>
    /// The example of its JSON body.
    let body: [String: any Sendable]?
    let isOfClient: Bool

    static func all(of host: TestHost) async throws -> [DocumentedOperation] {
        let document = try await host.probe.send("GET", host.url + "/openapi.json").json
        let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
        return try paths.sorted { $0.key < $1.key }.flatMap { template, methods in
            try methods.sorted { $0.key < $1.key }.map { try DocumentedOperation($0.key, template, $0.value) }
        }
    }

    private init(_ method: String, _ template: String, _ json: [String: Any]) throws {
        (self.method, self.template) = (method.uppercased(), template)
        id = try #require(json["operationId"] as? String)
        if let who = json["x-who"] as? [String: [String]] {
            self.who = Who(roles: Set(who["roles"] ?? []), scopes: Set(who["scopes"] ?? []))
        } else {
            #expect(json["x-who"] as? String == "everybody", "\(id)")
            who = nil
        }
        statuses = Set(try #require(json["responses"] as? [String: Any]).keys.compactMap { Int($0) })
        let content = (json["requestBody"] as? [String: Any])?["content"] as? [String: [String: Any]]
        body = content?["application/json"]?["example"] as? [String: any Sendable]
        #expect(content == nil || body != nil, "\(id)")
        isOfClient = (json["parameters"] as? [[String: Any]] ?? []).contains {
            $0["$ref"] as? String == "#/components/parameters/client"
        }
    }

    /// A user refreshes with `force` alone.
    func body(of role: String?) -> [String: any Sendable]? {
        id == "refreshToken" && role != nil ? ["force": true] : body
    }

    /// A path that is plausible, of a connector whose provider nothing calls.
    func path(connection: String) -> String {
        template.replacing("{id}", with: connection).replacing("{connector}", with: "github")
            .replacing("{type}", with: "application").replacing("{ticket}", with: "unknown-ticket-000001")
            + (isOfClient ? "?client=spare" : "")
    }
}
