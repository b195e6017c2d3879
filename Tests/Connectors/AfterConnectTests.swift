import ConnectorSDK
import Connectors
import Foundation
import Testing

/// `after_connect`: what is asked, and what is taken from the answer.
@Suite struct AfterConnectTests {
    private func connector(_ step: AfterConnectStep, _ change: (inout Definition) -> Void = { _ in }) throws
        -> OAuth2Connector
    {
        try OAuth2Connector(
            definition: .sample {
                $0.afterConnect = [step]
                change(&$0)
            })
    }

    private func step(
        _ method: RequestRules.Method = .get, _ url: String = "https://auth.example.com/tenants",
        _ change: (inout AfterConnectRequest) -> Void = { _ in }
    ) -> AfterConnectStep {
        var request = AfterConnectRequest(method: method, endpoint: Template(url))
        change(&request)
        return .request(request)
    }

    private func captured(_ step: AfterConnectStep, _ status: Int, _ body: String, values: [String: String] = [:])
        throws -> [[String: String]]?
    {
        let reading = try connector(step).read(
            .sample(status, body), to: .afterConnect(0), in: .sample(values: values))
        if case .captured(let all) = reading { return all } else { return nil }
    }

    @Test("the request goes with the new token and never with the client's secret") func request() throws {
        let put = step(.put, "https://auth.example.com/u/{user}") {
            $0.json = .object(["a": .string("{user}!"), "n": .number("1.50"), "l": .array([.bool(true)])])
            $0.headers = ["X-User": Template("{user}")]
        }
        let request = try connector(put).request(.afterConnect(0), in: .sample(values: ["user": "a/b"]))
        #expect(
            request
                == ProviderRequest(
                    method: .put, url: "https://auth.example.com/u/a%2Fb", headers: [Field("X-User", "a/b")],
                    authorization: .bearer(.secret("access_token")),
                    body: .json(
                        .object([
                            .init("a", .value("a/b!")), .init("l", .array([.literal(.bool(true))])),
                            .init("n", .literal(.number("1.50"))),
                        ]))))
    }

    @Test(
        "SECURITY 62: a captured value leads nowhere outside hosts",
        arguments: [
            ("https://{v}/x", "evil.com"), ("https://{v}.example.com/x", "evil.com/"), ("{v}/x", "https://evil.com"),
            ("https://auth.example.com/{v}/x", ".."), ("https://auth.example.com:{v}/", "1@evil.com"),
        ])
    func hosts(url: String, value: String) throws {
        let connector = try connector(step(.get, url))
        #expect(throws: ConnectorError.self) {
            try connector.request(.afterConnect(0), in: .sample(values: ["v": value]))
        }
    }

    @Test("what is not there cannot be asked", arguments: [1, 7]) func absent(index: Int) throws {
        let connector = try connector(step())
        #expect(throws: ConnectorError.self) { try connector.request(.afterConnect(index), in: .sample()) }
        #expect(throws: ConnectorError.self) {
            try connector.request(.afterConnect(0), in: .sample(secrets: ["client_secret"]))
        }
        #expect(connector.read(.sample(200, "{}"), to: .afterConnect(index), in: .sample()).failure != nil)
    }

    private static let capture: @Sendable (inout AfterConnectRequest) -> Void = {
        $0.capture = ["id": JSONPointer(tokens: ["id"]), "name": JSONPointer(tokens: ["n"])]
    }

    @Test("one answer: scalars of at most 4 KiB, as text") func single() throws {
        let long = String(repeating: "x", count: 4097)
        #expect(
            try captured(step(.get, "https://auth.example.com/me", Self.capture), 200, #"{"id":17,"n":{"a":1}}"#) == [
                ["id": "17"]
            ])
        #expect(
            try captured(step(.get, "https://auth.example.com/me", Self.capture), 200, #"{"id":"\#(long)","n":true}"#)
                == [["name": "true"]])
        #expect(try captured(step(.get, "https://auth.example.com/me", Self.capture), 200, "{}") == nil)
        #expect(try captured(step(.put), 204, "") == [[:]], "a request that is there for its effect")
    }

    @Test("a list: what is left after `where`, each its own choice") func list() throws {
        let chosen = step {
            Self.capture(&$0)
            $0.list = JSONPointer(tokens: ["all"])
            $0.where = [JSONPointer(tokens: ["kind"]): Template("{kind}")]
        }
        let body = #"{"all":[{"id":1,"kind":"a"},{"id":2,"kind":"b"},{"id":3,"kind":"a","n":"x"},{"kind":"a"},7]}"#
        #expect(try captured(chosen, 200, body, values: ["kind": "a"]) == [["id": "1"], ["id": "3", "name": "x"]])
        #expect(try captured(chosen, 200, body, values: ["kind": "c"]) == [])
        #expect(try captured(chosen, 200, body) == [], "a placeholder without a value picks nothing")
        #expect(try captured(chosen, 200, #"{"all":{}}"#) == nil)
        let top = step {
            Self.capture(&$0)
            $0.list = JSONPointer(tokens: [])
        }
        #expect(try captured(top, 200, #"[{"id":"t"}]"#) == [["id": "t"]])
    }

    @Test(
        "what is no success is a failure",
        arguments: [
            (401, ""), (500, "{}"), (200, #"{"error":"x"}"#), (200, #"{"ok":false}"#), (200, "<html>"), (302, ""),
        ])
    func failure(status: Int, body: String) throws {
        #expect(try captured(step(.get, "https://auth.example.com/me", Self.capture), status, body) == nil)
    }

    @Test("claims are read as an answer's body is") func claims() throws {
        let claims = AfterConnectStep.claims(of: .idToken, capture: ["user": JSONPointer(tokens: ["sub"])])
        #expect(try captured(claims, 200, #"{"sub":"u-1"}"#) == [["user": "u-1"]])
    }
}
