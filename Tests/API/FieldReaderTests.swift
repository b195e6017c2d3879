import ConnectorSDK
import Model
import NIOCore
import Pipeline
import Testing

@testable import API

@Suite struct FieldReaderTests {
    private func read<Value>(_ json: String, _ read: (inout FieldReader) -> Value) throws -> Value {
        var reader = FieldReader(try BodyReader.members(of: ByteBuffer(string: json)))
        let value = read(&reader)
        try reader.finish()
        return value
    }

    private func fields(_ json: String, _ body: (inout FieldReader) -> Void) -> [String] {
        (expect(.invalidInput) { try read(json, body) }?.fields ?? []).map(\.name)
    }

    @Test func aRefreshMayHaveNoBody() throws {
        for body in ["", "{}", #"{"name":null,"force":null}"#] {
            let request = try read(body) { RefreshRequest.read(&$0) }
            #expect(request.name == "default" && request.observedGeneration == nil && !request.force)
        }
        let request = try read(#"{"observed_generation": 7, "force": true, "name": "bot"}"#) {
            RefreshRequest.read(&$0)
        }
        #expect(request.observedGeneration == 7 && request.force && request.name == "bot")
        for number in ["7.0", "7e0", "70e-1", "0.7E+1"] {
            let same = try read(#"{"observed_generation": \#(number)}"#) { RefreshRequest.read(&$0) }
            #expect(same.observedGeneration == 7, "\(number)")
        }
    }

    @Test func nullEmptiesMetadata() throws {
        #expect(try read(#"{"metadata":null}"#) { EditRequest.read(&$0) }.metadata == "{}")
        #expect(try read("{}") { EditRequest.read(&$0) }.metadata == nil)
    }

    @Test(arguments: ["", String(repeating: "c", count: 4097), "a\nb"])
    func aWrongClientIDIsToldItsRule(_ id: String) throws {
        let body = JSONWriter.text(.object(["client_id": .string(id)]))
        let problem = expect(.invalidInput) { try read(body) { _ = ConfigUpdate.read(&$0) } }
        #expect(problem?.fields.first?.detail.contains("1 to 4096 characters without control characters") == true)
    }

    @Test(arguments: [
        (#"{"observed_generation":"7"}"#, ["observed_generation"]),
        (#"{"observed_generation":7.5}"#, ["observed_generation"]),
        (#"{"observed_generation":-1}"#, ["observed_generation"]),
        (#"{"observed_generation":1e-2}"#, ["observed_generation"]),
        (#"{"observed_generation":9223372036854775808}"#, ["observed_generation"]), (#"{"force":"true"}"#, ["force"]),
        (#"{"force":1}"#, ["force"]), (#"{"name":""}"#, ["name"]), (#"{"name":"a b"}"#, ["name"]),
        (#"{"name":["a"]}"#, ["name"]),
        (#"{"observedGeneration":7}"#, ["observedGeneration"]), (#"{"x":1,"force":0,"a":2}"#, ["force", "a", "x"]),
        (#"{"a\u0000<b>":1}"#, ["a?<b>"]),
    ])
    func everyWrongMemberIsNamed(_ json: String, _ names: [String]) {
        #expect(fields(json) { _ = RefreshRequest.read(&$0) } == names)
    }

    @Test(arguments: [
        "[]", "1", "\"x\"", "null", "{", "{}{}", "{'a':1}", "{\"a\":01}", "nul", "{\"a\":}", "\u{FEFF}[]",
    ])
    func whatIsNoObjectIsMalformed(_ json: String) { expect(.malformed) { _ = try read(json) { _ in } } }

    @Test func depthIsLimited() {
        let deep = "{\"metadata\":" + String(repeating: "[", count: 40) + String(repeating: "]", count: 40) + "}"
        expect(.malformed) { _ = try read(deep) { _ in } }
    }

    @Test func anAuthorizationIsRead() throws {
        let json = """
            {"name":"n","connection":"conn_1","client":"sandbox","owner":"organization","scopes":["a","b"],
             "inputs":{"subdomain":"acme"},"login_hint":"u@example.com","metadata":{"b":1.50,"a":[true,null]},"return_to":"https://app.example/x"}
            """
        let request = try read(json) { AuthorizeRequest.read(&$0, connector: "github") }
        #expect(
            request.connector == "github" && request.connection == ConnectionID("conn_1") && request.client == "sandbox"
        )
        #expect(
            request.scopes == ["a", "b"] && request.inputs == ["subdomain": "acme"]
                && request.loginHint == "u@example.com")
        #expect(request.metadata == #"{"a":[true,null],"b":1.50}"# && request.returnTo == "https://app.example/x")
        let empty = try read("{}") { AuthorizeRequest.read(&$0, connector: "github") }
        #expect(empty.inputs == nil && empty.client == "default" && empty.metadata == nil)
    }

    @Test(arguments: [
        (#"{"scopes":"a b"}"#, "scopes"), (#"{"scopes":[1]}"#, "scopes"), (#"{"inputs":{"port":8083}}"#, "inputs"),
        (#"{"inputs":[]}"#, "inputs"), (#"{"metadata":"{}"}"#, "metadata"), (#"{"name":"a\u0000b"}"#, "name"),
        (#"{"name":"\#(String(repeating: "n", count: 201))"}"#, "name"), (#"{"client":"../x"}"#, "client"),
        (#"{"metadata":{"a":"\#(String(repeating: "m", count: 17_000))"}}"#, "metadata"), (#"{"state":"x"}"#, "state"),
    ])
    func wrongAuthorizationsAreNamed(_ json: String, _ name: String) {
        #expect(fields(json) { _ = AuthorizeRequest.read(&$0, connector: "github") } == [name])
    }

    @Test func secretsKeepTheirType() throws {
        let verifier = String(repeating: "v", count: 43)
        let request = try read(
            #"{"code":"c","state":"s","code_verifier":"\#(verifier)","parameters":{"iss":"https://x"}}"#
        ) {
            ExchangeRequest.read(&$0, connector: "github")
        }
        #expect(
            request.code == Secret("c") && request.codeVerifier == Secret(verifier)
                && request.parameters == ["iss": "https://x"])
        #expect(!"\(request)".contains("\"c\""))
        #expect(fields(#"{"state":"s"}"#) { _ = ExchangeRequest.read(&$0, connector: "x") } == ["code"])
        #expect(fields(#"{"code":null}"#) { _ = ExchangeRequest.read(&$0, connector: "x") } == ["code"])
        #expect(fields(#"{"code":""}"#) { _ = ExchangeRequest.read(&$0, connector: "x") } == ["code"])
        let redeemed = try read(#"{"grant":"refresh_token","refresh_token":"line\nbreak"}"#) {
            RedeemRequest.read(&$0, connector: "x")
        }
        #expect(redeemed.grant == "refresh_token" && redeemed.refreshToken == Secret("line\nbreak"))
        #expect(fields(#"{"grant":1}"#) { _ = RedeemRequest.read(&$0, connector: "x") } == ["grant"])
        #expect(fields("{}") { _ = RedeemRequest.read(&$0, connector: "x") } == ["grant"])
    }

    @Test func aConfigTellsLeftOutFromNull() throws {
        let json = """
            {"client_id":"id","client_secret":null,"client_private_key":"PEM\\nPEM","redirect_uris":["https://x/cb"],
             "inputs":{"tenant":"t","old":null},"settings":{"rotation":"single_use","idle_lifetime":"90d","absolute_lifetime":null,"exchange_without_state":true}}
            """
        let update = try read(json) { ConfigUpdate.read(&$0) }
        #expect(
            text(update.clientID) == "set(id)" && text(update.scopes) == "unchanged"
                && text(update.redirectURIs) == "set([\"https://x/cb\"])")
        #expect(
            update.secrets.mapValues { text($0) } == ["client_secret": "remove", "client_private_key": "set(‹secret›)"])
        #expect(update.inputs.mapValues { text($0) } == ["tenant": "set(t)", "old": "remove"])
        #expect(
            text(update.rotation) == "set(single_use)" && text(update.overlap) == "unchanged"
                && text(update.hosts) == "unchanged")
        if case .set(let life) = update.idleLifetime {
            #expect(life == .seconds(90 * 86_400))
        } else {
            Issue.record("no idle lifetime")
        }
        #expect(text(update.absoluteLifetime) == "remove" && text(update.exchangeWithoutState) == "set(true)")
    }

    @Test("null for a whole object removes what is in it, whatever that is")
    func nullRemovesAllSettingsAndInputs() throws {
        let update = try read(#"{"settings":null,"inputs":null}"#) { ConfigUpdate.read(&$0) }
        #expect(text(update.hosts) == "remove" && text(update.rotation) == "remove" && text(update.overlap) == "remove")
        #expect(text(update.idleLifetime) == "remove" && text(update.absoluteLifetime) == "remove")
        #expect(text(update.exchangeWithoutState) == "remove")
        #expect(update.removesInputs && update.inputs.isEmpty && text(update.clientID) == "unchanged")
        for body in ["{}", #"{"settings":{},"inputs":{}}"#, #"{"inputs":{"a":null}}"#] {
            let update = try read(body) { ConfigUpdate.read(&$0) }
            #expect(!update.removesInputs && text(update.hosts) == "unchanged", "\(body)")
        }
    }

    @Test(arguments: [
        (#"{"client_secret":"set"}"#, "client_secret"), (#"{"client_private_key":"set"}"#, "client_private_key"),
        (#"{"inputs":{"api_key":"set"}}"#, "inputs.api_key"), (#"{"inputs":{"port":1}}"#, "inputs.port"),
        (#"{"settings":{"idle_lifetime":"soon"}}"#, "settings.idle_lifetime"),
        (#"{"settings":{"idle":"1d"}}"#, "settings.idle"),
        (#"{"settings":{"exchange_without_state":"yes"}}"#, "settings.exchange_without_state"),
        (#"{"settings":[]}"#, "settings"),
        (#"{"secret":"x"}"#, "secret"), (#"{"updated_at":"2026-01-01T00:00:00Z"}"#, "updated_at"),
    ])
    func wrongConfigsAreNamed(_ json: String, _ name: String) {
        #expect(fields(json) { _ = ConfigUpdate.read(&$0) } == [name])
    }

    private func text<Value>(_ change: Change<Value>) -> String {
        switch change {
        case .unchanged: "unchanged"
        case .remove: "remove"
        case .set(let value): "set(\(value))"
        }
    }
}
