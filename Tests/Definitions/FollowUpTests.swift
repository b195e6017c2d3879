import Definitions
import Testing

/// A mistake is reported once: what could not be read says nothing about what is missing.
@Suite struct FollowUpTests {
    private static let head = "format: 1\nid: test\n"
    private static let token = "token: {endpoint: 'https://accounts.example.com/token'}\n"
    private static let plain = head + "title: Test\n" + token

    @Test(
        "a misspelt key brings no finding about its absence",
        arguments: [
            (head + "titel: Test\n" + token, "unknown-key"),
            ("format: 1\nidd: test\ntitle: Test\n" + token, "unknown-key"),
            (head + "title: Test\nextend: base\n", "unknown-key"),
            (plain + "refresh: {rotation: overlap, overlapp: 60s}", "unknown-key"),
            (plain + "client: {authenticationn: client_secret_basic, repeat_in_body: [client_id]}", "unknown-key"),
            (plain + "response: {errors: [{pointerr: /error, equals: a, means: retry}]}", "unknown-key"),
            (
                plain + "grants: [device_code]\ndevice_authorisation: {endpoint: 'https://a.example.com/d'}",
                "unknown-key"
            ),
            (
                head + "title: Test\ninputss: {shop: {format: dns_label}}\n"
                    + "token: {endpoint: 'https://{shop}.example.com/token'}", "unknown-key"
            ),
            (
                plain + "authorization: {endpoint: 'https://a.example.com/#/x', fragmentt: true}", "unknown-key"
            ),
        ])
    func misspelt(text: String, rule: String) throws { #expect(try errors(text) == [rule]) }

    @Test(
        "nor does a value that was refused",
        arguments: [
            (plain + "refresh: {rotation: overlap, overlap: 60}", "duration"),
            (plain + "refresh: {rotation: overlap, overlap: until_use}", "duration"),
            (plain + "grants: [jwt_bearer, authorization_cod]\nrefresh: {rotation: single_use}", "unknown-value"),
            (plain + "client: {authentication: basic, basic_username: client_secret}", "unknown-value"),
            (plain + "client: {per_connection: 'yes'}\nhosts: ['*']", "wrong-type"),
            (plain + "response: {errors: [{status: 4xx, means: retry}]}", "wrong-type"),
            (plain + "connector: google_workspace\noptions: {access_type: offline}", "identifier"),
            (
                head + "title: Test\ninputs: {shop-name: {format: dns_label}}\n"
                    + "token: {endpoint: 'https://{shop-name}.example.com/token'}", "name"
            ),
            (
                head + "title: Test\ninputs: {shop: {format: dns-label}}\n"
                    + "token: {endpoint: 'https://{shop}.example.com/token'}", "unknown-value"
            ),
        ])
    func refused(text: String, rule: String) throws { #expect(try errors(text) == [rule]) }

    @Test("a name that nothing declares is one mistake, and another beside a misspelt key stays one")
    func independent() throws {
        #expect(try errors(Self.head + "title: Test\ntoken: {endpoint: '{nowhere}/token'}") == ["unknown-placeholder"])
        let two = Self.plain + "clientt: {}\nrevocation: {endpoint: 'http://accounts.example.com/revoke'}"
        #expect(try errors(two) == ["unknown-key", "https-only"])
        let both = Self.head + "title: ''\ntitel: Test\n" + Self.token
        #expect(try errors(both) == ["empty-title", "unknown-key"])
    }
}
