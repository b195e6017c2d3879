import Foundation
import TestSupport
import Testing

/// SECURITY 45: whatever is stored, no request to a provider and no answer of ours gets a header more.
@Suite(.serialized) struct HeaderInjectionTests {
    private static let values = [
        "a\r\nX-Injected: 1", "a\nX-Injected: 1", "a\rX-Injected: 1", "\r\n\r\nGET /x HTTP/1.1\r\nX-Injected: 1",
        "a\u{0}\r\nX-Injected: 1", "a\u{B}X-Injected: 1", "a\u{C}X-Injected: 1", "a\u{85}X-Injected: 1",
        "a\u{2028}X-Injected: 1", "a\u{10A}X-Injected: 1", "a%0d%0aX-Injected: 1", "a\u{7F}", " a", "a\t",
    ]
    /// What the host may send; the definition adds two of its own.
    private static let known: Set<String> = [
        "host", "accept", "authorization", "content-type", "content-length", "user-agent", "x-shop", "x-key",
    ]

    @Test("SECURITY 45: no stored field adds a header, to a provider's request or to an answer of ours")
    func storedFields() async throws {
        let server = try RawServer { request in
            // The answer repeats what came, as an answer may.
            RawServer.json(
                #"{"access_token":"canary-injected-access","refresh_token":"r","expires_in":3600,"team":"a\r\nX-Injected: 1"}"#
            )
        }
        try TestFolders.noteCanaries(["canary-injected-access"])
        let folder = try Definitions.folder(
            "injected", ["injected": Self.definition(at: "http://127.0.0.1:\(server.port)")])
        let host = try TestHost("injected", connectors: folder)
        let child = try await host.start()
        try await configure(host, key: "key")
        let good = try await host.importToken("canary-good", "injected", more: ["inputs": ["shop": "blue"]])
        #expect(good.status == 201, "\(good.text)")
        #expect(server.requests.last?.header("x-shop") == "blue" && server.requests.last?.header("x-key") == "key")

        for value in Self.values { try await attempt(value, host) }
        for request in server.requests {
            let lines = request.head.components(separatedBy: "\r\n").dropFirst()
            for line in lines {
                let name = line.prefix { $0 != ":" }.lowercased()
                #expect(Self.known.contains(name), "\(request.head)")
            }
            #expect(Set(lines).count == lines.count && !request.head.contains("\n\n"))
            #expect(request.form["X-Injected"] == nil)
            #expect(request.path == "/token", "\(request.head)")
        }
        #expect(server.requests.count > 10, "not everything is refused before it is sent")
        try await host.stop(child)
    }

    /// One value in the place of every field that somebody can set.
    private func attempt(_ value: String, _ host: TestHost) async throws {
        let fields: [(String, [String: any Sendable])] = [
            ("name", ["name": value]), ("metadata", ["metadata": ["note": value]]),
            ("shop", ["inputs": ["shop": value]]),
            ("refresh_token", ["refresh_token": value]), ("owner", ["owner": value]), ("client", ["client": value]),
        ]
        for (field, json) in fields {
            let shop: [String: any Sendable] = ["inputs": ["shop": "blue"]]
            let answer = try await host.importToken(
                "canary-\(UUID().uuidString)", "injected", more: shop.merging(json) { $1 })
            try check(answer, "\(field) \(value.debugDescription)")
        }
        for (field, json) in [
            ("client_id", ["client_id": value]), ("client_secret", ["client_secret": value]),
            ("key", ["inputs": ["key": value]]),
            ("redirect_uris", ["redirect_uris": [value]]),
        ] as [(String, [String: any Sendable])] {
            let answer = try await host.call(
                "PUT", "/api/v1/connectors/injected/config", token: CallerTokens().user(), json: json)
            try check(answer, "\(field) \(value.debugDescription)")
            let used = try await host.importToken(
                "canary-\(UUID().uuidString)", "injected", more: ["inputs": ["shop": "blue"]])
            try check(used, "\(field) \(value.debugDescription)")
            try await configure(host, key: "key")
        }
        let page = try await host.call(
            "POST", "/api/v1/connectors/injected/authorize", token: CallerTokens().user(),
            json: ["return_to": value, "login_hint": value, "inputs": ["shop": "blue"]], headers: ["X-Request-Id": "a"])
        try check(page, "authorize \(value.debugDescription)")
    }

    private func check(_ answer: HTTPProbe.Answer, _ what: String) throws {
        #expect(answer.status < 500, "\(what): \(answer.status) \(answer.text)")
        #expect(answer.header("X-Injected") == nil, "\(what)")
    }

    private func configure(_ host: TestHost, key: String) async throws {
        let answer = try await host.call(
            "PUT", "/api/v1/connectors/injected/config", token: CallerTokens().user(),
            json: [
                "client_id": "client-1", "client_secret": "canary-injected-secret", "inputs": ["key": key],
                "redirect_uris": [] as [String],
            ])
        #expect(answer.status == 200, "\(answer.text)")
        try TestFolders.noteCanaries(["canary-injected-secret"])
    }

    private static func definition(at base: String) -> String {
        """
        format: 1
        id: injected
        title: A provider with headers
        inputs:
          shop:
            title: Shop
          key:
            title: Key
            secret: true
            per: organization
        client:
          authentication: client_secret_basic
        authorization:
          endpoint: \(base)/authorize
        token:
          endpoint: \(base)/token
          headers:
            X-Shop: '{shop}'
            X-Key: '{key}'
        response:
          capture:
            team: /team
        refresh:
          rotation: static
        """
    }
}
