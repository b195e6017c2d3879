import Foundation
import TestSupport
import Testing

/// A token that is exchanged (RFC 8693): what the provider receives, and that nobody else ever sees it.
@Suite(.serialized) struct SubjectTokenTests {
    private static let type = "urn:ietf:params:oauth:token-type:access_token"

    @Test("a subject token is sent as the RFC says, again for each new token, and shown, logged and stored nowhere")
    func exchanged() async throws {
        let subjectToken = "canary-subject-token"
        try TestFolders.noteCanaries([subjectToken, "canary-exchanged"])
        let server = try RawServer { _ in
            RawServer.json(
                #"{"access_token":"canary-exchanged","issued_token_type":"\#(Self.type)","token_type":"Bearer","expires_in":3600}"#
            )
        }
        let text = """
            format: 1
            id: raw
            title: A test's provider
            grants: [token_exchange]
            client: {authentication: client_secret_basic, repeat_in_body: []}
            token:
              endpoint: http://127.0.0.1:\(server.port)/token
            """
        let host = try TestHost("subject-token", connectors: try Definitions.folder("subject-token", ["raw": text]))
        let child = try await host.start()
        try await host.configure("raw")
        let body: [String: any Sendable] = [
            "grant": "token_exchange", "subject_token": subjectToken, "subject_token_type": Self.type,
            "audience": "api",
            "resource": "https://api.example.com/v1", "scopes": ["a", "b"],
        ]
        let admin = CallerTokens().user()
        for (name, value) in [("subject_token_type", NSNull()), ("resource", "no-uri"), ("resource", "https://x/#y")]
            as [(String, any Sendable)]
        {
            let refused = try await host.call(
                "POST", "/api/v1/connectors/raw/connections", token: admin, json: body.merging([name: value]) { $1 })
            #expect(refused.status == 422 && !refused.text.contains(subjectToken), "\(refused.text)")
        }
        #expect(server.requests.isEmpty)
        let made = try await host.call("POST", "/api/v1/connectors/raw/connections", token: admin, json: body)
        #expect(made.status == 201 && !made.text.contains(subjectToken), "\(made.text)")
        let id = try #require(made.json["id"] as? String)
        let refreshed = try await host.call(
            "POST", "/api/v1/connections/\(id)/refresh", token: admin, json: ["force": true])
        #expect(refreshed.json["generation"] as? Int == 2, "\(refreshed.text)")
        #expect(server.requests.count == 2)
        for request in server.requests {
            let expected = [
                "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": subjectToken,
                "subject_token_type": Self.type, "audience": "api", "resource": "https://api.example.com/v1",
                "scope": "a b",
            ]
            #expect(request.form == expected)
            #expect(request.header("Authorization")?.hasPrefix("Basic ") == true)
        }
        for path in ["", "/timeline"] {
            let shown = try await host.call("GET", "/api/v1/connections/\(id)\(path)", token: admin)
            #expect(shown.status == 200 && !shown.text.contains(subjectToken))
        }
        try await host.stop(child)
        for file in ["store.db", "store.db-wal", "host.log"] {
            let bytes = (try? Data(contentsOf: host.folder.appendingPathComponent(file))) ?? Data()
            #expect(bytes.range(of: Data(subjectToken.utf8)) == nil, "\(file)")
        }
    }
}
