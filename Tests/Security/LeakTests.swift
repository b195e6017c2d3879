import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// Ways on which a token could leave the host.
@Suite(.serialized) struct LeakTests {
    @Test("SECURITY 28: no route and no role gets a refresh token")
    func refreshTokens() async throws {
        let first = "canary-never-shown-refresh-1"
        let second = "canary-never-shown-refresh-2"
        try TestFolders.noteCanaries([first, second, "canary-shown-access"])
        let server = try RawServer { _ in
            RawServer.json(
                #"{"access_token":"canary-shown-access","refresh_token":"\#(second)","expires_in":3600,"scope":"read"}"#
            )
        }
        let folder = try Definitions.folder(
            "never", ["raw": Definitions.text("raw", at: "http://127.0.0.1:\(server.port)")])
        let host = try TestHost("never", connectors: folder)
        let child = try await host.start()
        let callers = CallerTokens()
        try await host.configure("raw")
        let imported = try await host.importToken(first, "raw")
        let id = try #require(imported.json["id"] as? String, "\(imported.text)")
        let object = "/api/v1/connections/\(id)"
        let calls: [(String, String, [String: any Sendable]?)] = [
            ("GET", "/api/v1/connections", nil), ("GET", object, nil), ("GET", object + "/token", nil),
            ("GET", object + "/timeline", nil), ("POST", object + "/refresh", [:]),
            ("POST", object + "/refresh", ["force": true]), ("GET", "/api/v1/connectors", nil),
            ("GET", "/api/v1/connectors/raw", nil), ("GET", "/api/v1/connectors/raw/config", nil),
            ("GET", "/api/v1/events", nil), ("GET", "/api/v1/health", nil), ("GET", "/build", nil),
            ("GET", "/live", nil),
            ("GET", "/ready", nil), ("GET", "/problems/application", nil), ("GET", "/openapi.json", nil),
            ("POST", "/api/v1/connectors/raw/connections", ["grant": "refresh_token", "refresh_token": second]),
            ("POST", object + "/revoke", nil), ("DELETE", object, nil),
        ]
        var isServed = false
        for (method, path, json) in calls {
            for token in [callers.user(), callers.user("user-1", role: "member"), callers.everything] {
                let answer = try await host.call(method, path, token: token, json: json)
                let headers = answer.headers.map { "\($0.key): \($0.value)" }.joined(separator: "\n")
                for secret in [first, second, "canary-client-secret-1"] {
                    #expect(!answer.text.contains(secret), "\(method) \(path)")
                    #expect(!headers.contains(secret), "\(method) \(path)")
                }
                isServed = isServed || answer.text.contains("canary-shown-access")
            }
        }
        #expect(isServed, "answers with access tokens were looked at")
        let metrics = try await host.saveMetrics()
        #expect(!metrics.contains("canary"))
        try await host.stop(child)
    }

    @Test("SECURITY 61: no capture carries a token: neither by its pointer nor by its value")
    func captures() async throws {
        let access = "canary-captured-access"
        try TestFolders.noteCanaries([access, "canary-captured-refresh", "canary-captured-id"])
        let server = try RawServer { _ in
            RawServer.json(
                #"{"access_token":"\#(access)","refresh_token":"canary-captured-refresh","id_token":"canary-captured-id","expires_in":3600,"copy":"\#(access)","wrap":{"refresh":"canary-captured-refresh"},"team":"blue"}"#
            )
        }
        let base = "http://127.0.0.1:\(server.port)"
        func capturing(_ id: String, _ pointer: String) -> String {
            Definitions.text(id, at: base, "response:\n  capture:\n    stolen: \(pointer)\n    team: /team")
        }
        let pointers = [
            "at-token": "/access_token", "at-refresh": "/refresh_token", "above": "''", "copied": "/copy",
            "nested": "/wrap/refresh",
        ]
        let folder = try Definitions.folder(
            "captures", Dictionary(uniqueKeysWithValues: pointers.map { ($0.key, capturing($0.key, $0.value)) }))
        let host = try TestHost("captures", connectors: folder)
        let child = try await host.start()
        let callers = CallerTokens()
        for id in ["at-token", "at-refresh", "above"] {
            let shown = try await host.call("GET", "/api/v1/connectors/\(id)", token: callers.user())
            #expect(shown.status == 404, "a capture at or above a token is refused: \(id)")
        }
        for id in ["copied", "nested"] {
            try await host.configure(id)
            let imported = try await host.importToken("canary-captured-import-\(id)", id)
            var texts = [imported.text]
            if let connection = imported.json["id"] as? String {
                for path in ["", "/timeline"] {
                    texts.append(
                        try await host.call("GET", "/api/v1/connections/\(connection)\(path)", token: callers.user())
                            .text)
                }
                let read = try await host.call(
                    "GET", "/api/v1/connections/\(connection)/token", token: callers.everything)
                let captured = read.json["captured"] as? [String: String] ?? [:]
                #expect(captured["stolen"] == nil)
            }
            texts.append(try await host.call("GET", "/api/v1/events", token: callers.service("events:read")).text)
            for text in texts { #expect(!text.contains("canary-captured"), "\(id): \(text)") }
        }
        try await host.saveMetrics()
        try await host.stop(child)
        let scan = try await CanaryScan.run(
            host.folder, for: [access, "canary-captured-refresh", "canary-captured-id"])
        #expect(scan.code == 0, "\(scan.output)")
    }

    @Test("SECURITY 56: at level trace the log names no secret, whatever goes wrong")
    func trace() async throws {
        try await Scenario.run("trace") { scenario in
            let child = try await scenario.host.start(more: ["LOG_LEVEL": "trace", "LOG_FORMAT": "text"])
            try await scenario.configure()
            let id = try await scenario.connect()
            let faults: [Fault] = [
                Fault(.status, status: 500), Fault(.truncate), Fault(.html), Fault(.invalidClient), Fault(.reset),
                Fault(
                    .respond,
                    body: #"{"error":"invalid_request","error_description":"canary-described sandbox_rt_123"}"#),
                Fault(.okFalse), Fault(.invalidGrant),
            ]
            try TestFolders.noteCanaries(["canary-described"])
            for fault in faults {
                scenario.provider.add(fault)
                _ = try await scenario.refresh(id, ["force": true])
                scenario.provider.clearFaults()
            }
            let hostile = ["Bearer eyJhbGciOiJub25lIn0.eyJvcmdJZCI6Im9yZy0xIn0.", "Basic c2FuZGJveC1zZWNyZXQ="]
            for value in hostile {
                _ = try await scenario.host.probe.send(
                    "GET", scenario.host.url + "/api/v1/connections?sandbox_at_1=2", headers: ["Authorization": value])
            }
            try await scenario.host.saveMetrics()
            try await scenario.host.stop(child)
            let log = try scenario.host.printed()
            #expect(log.split(separator: "\n").count > 20, "there is a log to look at")
            for word in [
                "sandbox_at_", "sandbox_rt_", "sandbox-secret", "canary-described", "eyJ", "c2FuZGJveC1zZWNyZXQ",
            ] {
                #expect(!log.contains(word), "\(word)")
            }
            let scan = try await CanaryScan.run(scenario.host.folder, for: CallerTokens.canaries + ["canary-described"])
            #expect(scan.code == 0, "\(scan.output)")
        }
    }
}
