import ConnectorSDK
import Connectors
import Testing

/// The device authorization grant (RFC 8628).
@Suite struct DeviceTests {
    private static func definition(_ change: (inout Definition) -> Void = { _ in }) -> Definition {
        .sample {
            $0.grants = [.deviceCode]
            $0.deviceAuthorization = [Template("https://auth.example.com/device")]
            $0.scopes.defaults = ["a", "b"]
            change(&$0)
        }
    }

    private func read(_ response: ProviderResponse, to operation: Operation = .authorizeDevice) throws -> Reading {
        try OAuth2Connector(definition: Self.definition()).read(response, to: operation, in: .sample())
    }

    private func codes(_ members: String) throws -> DeviceAuthorization? {
        let body = #"{"device_code":"dc","user_code":"AB-CD","verification_uri":"https://example.com/d"\#(members)}"#
        guard case .device(let codes) = try read(.sample(200, body)) else { return nil }
        return codes
    }

    @Test("the request names the scopes and the client (RFC 8628 §3.1), the poll the code (§3.4)")
    func requests() throws {
        let connector = try OAuth2Connector(definition: Self.definition())
        let ask = try connector.request(.authorizeDevice, in: .sample(scopes: ["x", "y"]))
        #expect(ask.url == "https://auth.example.com/device" && ask.method == .post)
        #expect(
            ask.body
                == .form([Field("scope", Value("x y")), Field("client_id", Value("id")), .secret("client_secret")]))
        let context = ConnectorContext(
            clientID: "id", secrets: ["client_secret", "device_code"], scopes: ["x"], random: "uuid")
        let poll = try connector.request(.redeem(.deviceCode), in: context)
        #expect(poll.url == "https://auth.example.com/token")
        #expect(
            poll.body
                == .form([
                    Field("grant_type", Value("urn:ietf:params:oauth:grant-type:device_code")),
                    .secret("device_code"), Field("client_id", Value("id")), .secret("client_secret"),
                ]))
        #expect(throws: ConnectorError.self) { try connector.request(.redeem(.deviceCode), in: .sample()) }
        #expect(throws: ConnectorError.self) {
            try OAuth2Connector(definition: .sample()).request(.authorizeDevice, in: .sample())
        }
    }

    @Test("a whole answer (§3.2), and Google's name for the page") func answers() throws {
        let whole = try #require(
            try codes(#","verification_uri_complete":"https://example.com/d?c=1","expires_in":900,"interval":7"#))
        #expect(whole.deviceCode == Secret("dc") && whole.userCode == "AB-CD")
        #expect(whole.verificationURI == "https://example.com/d")
        #expect(whole.verificationURIComplete == "https://example.com/d?c=1")
        #expect(whole.expiresIn == 900 && whole.interval == 7)
        let google = #"{"device_code":"dc","user_code":"u","verification_url":"https://www.google.com/device"}"#
        guard case .device(let codes) = try read(.sample(200, google)) else {
            Issue.record("it was not read")
            return
        }
        #expect(codes.verificationURI == "https://www.google.com/device")
        #expect(codes.expiresIn == 1800 && codes.interval == 5 && codes.verificationURIComplete == nil)
    }

    @Test(
        "odd numbers stay within bounds",
        arguments: [
            ("0", 1), ("-5", 1), ("2.5", 2), (#""9""#, 9), ("1e999", 5), ("1e9", 300), ("null", 5), (#""x""#, 5),
        ])
    func intervals(text: String, seconds: Int) throws {
        #expect(try codes(#","interval":\#(text)"#)?.interval == seconds)
    }

    @Test(
        "what is no answer is a failure, and a page that no browser should open is none",
        arguments: [
            #"{"user_code":"u","verification_uri":"https://example.com"}"#,
            #"{"device_code":"dc","verification_uri":"https://example.com"}"#,
            #"{"device_code":"dc","user_code":"u"}"#, "[]", "", "<html>",
            #"{"device_code":"dc","user_code":"u","verification_uri":"javascript:alert(1)"}"#,
            #"{"device_code":"dc","user_code":"u","verification_uri":"http://example.com"}"#,
            #"{"device_code":"dc","user_code":"u\u0007","verification_uri":"https://example.com"}"#,
            #"{"device_code":"","user_code":"u","verification_uri":"https://example.com"}"#,
            #"{"device_code":7,"user_code":"u","verification_uri":"https://example.com"}"#,
        ])
    func unreadable(body: String) throws {
        #expect(try read(.sample(200, body)).failure?.disposition == .unclear)
    }

    @Test(
        "polls (§3.5, Microsoft, GitHub)",
        arguments: [
            ("authorization_pending", ProviderFailure.Disposition.retryLater(after: nil)),
            ("slow_down", .rateLimited(after: nil)), ("access_denied", .refused), ("expired_token", .refused),
            ("authorization_declined", .refused), ("incorrect_device_code", .refused), ("invalid_grant", .refused),
            ("invalid_client", .misconfigured), ("device_flow_disabled", .misconfigured),
        ])
    func polls(code: String, disposition: ProviderFailure.Disposition) throws {
        for status in [200, 400, 428] {
            let failure = try read(.sample(status, #"{"error":"\#(code)"}"#), to: .redeem(.deviceCode)).failure
            #expect(failure == ProviderFailure(disposition, code: code))
        }
    }
}
