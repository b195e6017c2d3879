import ConnectorSDK
import NIOCore
import Pipeline
import Testing

@testable import API

/// For each body, the schema of the document and the reader of the host say the same.
@Suite struct OpenAPIRequestTests {
    private static func text(_ length: Int, of character: String = "n") -> String {
        String(repeating: character, count: length)
    }

    private func reads(_ body: String, _ read: (inout FieldReader) -> Void) -> Bool {
        do {
            var reader = FieldReader(try BodyReader.members(of: ByteBuffer(string: body)))
            read(&reader)
            try reader.finish()
            return true
        } catch {
            return false
        }
    }

    private func check(
        _ body: String, _ shape: SharedSchema, isRight: Bool, sourceLocation: SourceLocation = #_sourceLocation,
        _ read: (inout FieldReader) -> Void
    ) throws {
        #expect(
            try SchemaCheck.fits(body, shape.schema.json) == isRight, "the schema: \(body.prefix(200))",
            sourceLocation: sourceLocation)
        #expect(reads(body, read) == isRight, "the reader: \(body.prefix(200))", sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        ("{}", true), (#"{"name":null,"observed_generation":null,"force":null}"#, true),
        (#"{"name":"a.b~c_-","observed_generation":9223372036854775807,"force":true}"#, true),
        (#"{"name":""}"#, false), (#"{"name":"\#(text(129))"}"#, false), (#"{"name":"é"}"#, false),
        (#"{"observed_generation":-1}"#, false), (#"{"observed_generation":1.5}"#, false),
        (#"{"observed_generation":3.0}"#, true), (#"{"observed_generation":1e2}"#, true),
        (#"{"observed_generation":"1"}"#, false), (#"{"force":0}"#, false), (#"{"other":null}"#, false), ("[]", false),
    ])
    func refresh(_ body: String, _ isRight: Bool) throws {
        try check(body, .refreshRequest, isRight: isRight) { _ = RefreshRequest.read(&$0) }
    }

    @Test(arguments: [
        ("{}", true), (#"{"name":"\#(text(128, of: "😀"))"}"#, true), (#"{"name":"\#(text(129))"}"#, false),
        (#"{"name":"a\nb"}"#, false), (#"{"name":"a\u0085b"}"#, false), (#"{"name":"a\u2028b"}"#, true),
        (#"{"connection":"conn_1","client":"a-b_C","owner":"u~1"}"#, true), (#"{"connection":"a/b"}"#, false),
        (#"{"client":"a.b"}"#, false), (#"{"client":"\#(text(65))"}"#, false), (#"{"owner":"a b"}"#, false),
        (#"{"owner":"é"}"#, false), (#"{"owner":"\#(text(129))"}"#, false), (#"{"scopes":[]}"#, true),
        (#"{"scopes":["https://x/y.read"]}"#, true), (#"{"scopes":["a b"]}"#, false), (#"{"scopes":[""]}"#, false),
        (#"{"scopes":"a"}"#, false), (#"{"scopes":[null]}"#, false),
        (#"{"inputs":{"":"","a":"line\nbreak"}}"#, true), (#"{"inputs":{"a":1}}"#, false),
        (#"{"inputs":{"a":null}}"#, false), (#"{"inputs":[]}"#, false), (#"{"metadata":{"a":[null,{"b":1e3}]}}"#, true),
        (#"{"metadata":[]}"#, false), (#"{"metadata":"{}"}"#, false), (#"{"client_material":{}}"#, true),
        (#"{"client_material":{"client_id":"a","client_secret":null}}"#, true),
        (#"{"client_material":{"other":"a"}}"#, false), (#"{"client_material":{"client_id":""}}"#, false),
        (#"{"login_hint":"\#(text(320))"}"#, true), (#"{"login_hint":"\#(text(321))"}"#, false),
        (#"{"return_to":"\#(text(2049))"}"#, false), (#"{"state":"s"}"#, false),
    ])
    func authorize(_ body: String, _ isRight: Bool) throws {
        try check(body, .authorizeRequest, isRight: isRight) { _ = AuthorizeRequest.read(&$0, connector: "acme") }
    }

    @Test(arguments: [
        (#"{"code":"c"}"#, true), ("{}", false), (#"{"code":null}"#, false), (#"{"code":""}"#, false),
        (
            #"{"code":"c","state":"s","parameters":{"iss":"https://x"},"code_verifier":"\#(text(43))","redirect_uri":"u"}"#,
            true
        ),
        (#"{"code":"c","code_verifier":"\#(text(42))"}"#, false),
        (#"{"code":"c","code_verifier":"\#(text(129))"}"#, false),
        (#"{"code":"c","code_verifier":"\#(text(42))+"}"#, false),
        (#"{"code":"c","code_verifier":"\#(text(42)) "}"#, false),
        (#"{"code":"c","code_verifier":"\#(text(42))ä"}"#, false),
        (#"{"code":"c","code_verifier":"\#(text(42))²"}"#, false),
        (#"{"code":"c","code_verifier":"\#(text(42))\n"}"#, false), (#"{"code":"c","code_verifier":""}"#, false),
        (#"{"code":"c","code_verifier":"\#(text(128))"}"#, true),
        (#"{"code":"c","state":""}"#, false), (#"{"code":"c","state":"\#(text(1025))"}"#, false),
        (#"{"code":"c","parameters":{"a":false}}"#, false), (#"{"code":"c","owner":"a"}"#, false),
    ])
    func exchange(_ body: String, _ isRight: Bool) throws {
        try check(body, .exchangeRequest, isRight: isRight) { _ = ExchangeRequest.read(&$0, connector: "acme") }
    }

    // Which members belong to which grant is looked at behind the reader.
    @Test(arguments: [
        (#"{"grant":"refresh_token","refresh_token":"r"}"#, true), (#"{"grant":"client_credentials"}"#, true),
        (#"{"grant":"jwt_bearer","subject":"ada@example.com","scopes":["a"]}"#, true),
        (#"{"grant":"token_exchange","subject_token":"t","subject_token_type":"u","audience":"a"}"#, true),
        (#"{"grant":"device_code","connection":"conn_1","inputs":null}"#, true),
        (#"{"grant":"device_code","connection":"a/b"}"#, false),
        (#"{"grant":"client_credentials","connection":"conn_1"}"#, true),
        (#"{"grant":"refresh_token","refresh_token":"r","connection":"conn_1"}"#, true),
        ("{}", false), (#"{"grant":null}"#, false), (#"{"grant":1}"#, false),
        (#"{"grant":"client_credentials","code":"c"}"#, false), (#"{"grant":"client_credentials","name":""}"#, false),
        (#"{"grant":"refresh_token","refresh_token":""}"#, false),
    ])
    func redeem(_ body: String, _ isRight: Bool) throws {
        try check(body, .redeemRequest, isRight: isRight) { _ = RedeemRequest.read(&$0, connector: "acme") }
    }

    @Test(arguments: [
        ("{}", true), (#"{"client_id":null,"client_secret":null,"redirect_uris":null,"scopes":null}"#, true),
        (#"{"inputs":null,"settings":null}"#, true), (#"{"client_secret":"set"}"#, false),
        (#"{"client_secret":"line\nbreak"}"#, true), (#"{"client_secret":""}"#, false),
        (#"{"client_id":"a\u0000b"}"#, false), (#"{"inputs":{"a":null,"b":""}}"#, true),
        (#"{"inputs":{"a":"set"}}"#, false), (#"{"scopes":["a b"]}"#, false), (#"{"redirect_uris":[1]}"#, false),
        (#"{"settings":{"hosts":["a.example"],"idle_lifetime":"90d","exchange_without_state":true}}"#, true),
        (#"{"settings":{"idle_lifetime":"soon"}}"#, false),
        (#"{"settings":{"idle_lifetime":"36500d","absolute_lifetime":"100y"}}"#, true),
        (#"{"settings":{"idle_lifetime":"36501d"}}"#, false), (#"{"settings":{"absolute_lifetime":"101y"}}"#, false),
        (#"{"settings":{"idle_lifetime":"3153600000s"}}"#, true),
        (#"{"settings":{"idle_lifetime":"3153600001s"}}"#, false),
        (#"{"settings":{"idle_lifetime":"000001d"}}"#, false), (#"{"settings":{"idle_lifetime":"00001d"}}"#, true),
        (#"{"settings":{"idle_lifetime":"d"}}"#, false), (#"{"settings":{"idle_lifetime":"1D"}}"#, false),
        (#"{"settings":{"overlap":"until_used"}}"#, true), (#"{"settings":{"overlap":"0s"}}"#, true),
        (#"{"settings":{"overlap":"used"}}"#, false), (#"{"settings":{"overlap":null}}"#, true),
        (#"{"settings":{"rotation":1}}"#, false),
        (#"{"settings":{"exchange_without_state":"no"}}"#, false), (#"{"settings":{"other":null}}"#, false),
        (#"{"updated_at":null}"#, false),
    ])
    func config(_ body: String, _ isRight: Bool) throws {
        try check(body, .configRequest, isRight: isRight) { _ = ConfigUpdate.read(&$0) }
    }

    // Which settings there are, and what is right for each, is looked at behind the reader.
    @Test(arguments: [
        (#"{"version":0}"#, true), (#"{"version":7.0,"settings":null}"#, true),
        (#"{"version":9007199254740992,"settings":{"LOG_LEVEL":"debug","WEBHOOK_URL":null}}"#, true),
        ("{}", false), (#"{"version":null}"#, false), (#"{"version":-1}"#, false), (#"{"version":"1"}"#, false),
        (#"{"version":9007199254740994}"#, false), (#"{"version":1.5}"#, false),
        (#"{"version":0,"settings":{"WEBHOOK_SECRET":"set"}}"#, false),
        (#"{"version":0,"settings":{"LOG_LEVEL":""}}"#, false), (#"{"version":0,"settings":{"LOG_LEVEL":1}}"#, false),
        (#"{"version":0,"settings":{"LOG_HTTP_REQUESTS":true}}"#, false),
        (#"{"version":0,"settings":{"LOG_LEVEL":"a\u0000b"}}"#, false), (#"{"version":0,"settings":[]}"#, false),
        (#"{"version":0,"settings":{"RETURN_URLS":"\#(text(4096))"}}"#, true),
        (#"{"version":0,"settings":{"RETURN_URLS":"\#(text(4097))"}}"#, false),
        (#"{"version":0,"LOG_LEVEL":"debug"}"#, false), (#"{"version":0,"settings":{"log_level":"debug"}}"#, false),
        (#"{"version":0,"settings":{"":null}}"#, false), (#"{"version":0,"settings":{"NO_SUCH_1":null}}"#, true),
        (#"{"version":0,"settings":{"\#(text(64, of: "N"))":null}}"#, true),
        (#"{"version":0,"settings":{"\#(text(65, of: "N"))":null}}"#, false),
    ])
    func appConfig(_ body: String, _ isRight: Bool) throws {
        try check(body, .appConfigRequest, isRight: isRight) { _ = AppConfigUpdate.read(&$0) }
    }

    @Test func appConfigChanges() throws {
        let body = #"{"version":3,"settings":{"LOG_LEVEL":"debug","WEBHOOK_URL":null}}"#
        var reader = FieldReader(try BodyReader.members(of: ByteBuffer(string: body)))
        let update = AppConfigUpdate.read(&reader)
        try reader.finish()
        #expect(update.version == 3 && update.settings.count == 2)
        if case .set(let value)? = update.settings["LOG_LEVEL"] {
            #expect(value == Secret("debug"))
        } else {
            Issue.record("a text sets")
        }
        if case .remove? = update.settings["WEBHOOK_URL"] {} else { Issue.record("null removes") }
    }

    @Test(arguments: [
        ("{}", true), (#"{"name":"n","metadata":{},"choice":"c"}"#, true), (#"{"choice":""}"#, false),
        (#"{"metadata":null,"choice":null}"#, true), (#"{"name":null}"#, false), (#"{"owner":"o"}"#, false),
    ])
    func edit(_ body: String, _ isRight: Bool) throws {
        try check(body, .editRequest, isRight: isRight) { _ = EditRequest.read(&$0) }
    }

    @Test(
        "a body that two readers could read differently is refused",
        arguments: [
            #"{"force":true,"force":false}"#, #"{"name":"\ud800"}"#, #"{"name":"\udc00\ud800"}"#, "\u{FEFF}{}",
        ])
    func ambiguousBodies(_ body: String) {
        expect(.malformed) { _ = try BodyReader.members(of: ByteBuffer(string: body)) }
    }
}
