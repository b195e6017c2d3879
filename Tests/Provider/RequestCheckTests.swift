import Foundation
import Testing

@testable import Provider

@Suite("What may be sent at all")
struct RequestCheckTests {
    static let badHeaders: [WireHeader] = [
        WireHeader("X-Name", "a\r\nX-Injected: 1"), WireHeader("X-Name", "a\nb"), WireHeader("X-Name", "a\rb"),
        WireHeader("X-Name", "a\u{0}b"), WireHeader("X-Name", "a\u{85}b"), WireHeader("X-Name", "a\tb"),
        WireHeader("X-Name", " a"), WireHeader("X-Name", "a "), WireHeader("X-Name", "é"),
        WireHeader("X-Name\r\nX-Injected", "1"), WireHeader("X-Name:", "1"), WireHeader("", "1"),
        WireHeader("X Name", "1"),
        WireHeader("Host", "other.example"), WireHeader("Content-Length", "0"), WireHeader("Expect", "100-continue"),
        WireHeader("transfer-encoding", "chunked"), WireHeader("Accept-Encoding", "gzip"),
    ]
    static let badURLs = [
        "http://provider.example/", "http://127.0.0.2/", "http://localhost.provider.example/", "ftp://localhost/",
        "file:///etc/passwd", "https://user:pass@localhost/", "https://user@localhost/", "https://localhost/#part",
        "https://local host/", "https://localhost/a\r\nb", "https:///path", "localhost", "", "gopher://localhost/",
        "https://0x7f000001/", "https://2130706433/", "https://127.1/", "https://%6cocalhost/",
        "https://localhost\\@provider.example/", "https:/localhost/", "//localhost/",
    ]

    @Test(
        "SECURITY 45: a header that breaks its line or the framing is refused before a connection",
        arguments: badHeaders)
    func refusesHeader(_ header: WireHeader) async throws {
        let server = try ScriptedServer { $0.answer() }
        defer { server.stop() }
        try await withClient { client in
            let outcome = await client.perform(.post(server.url, headers: [header]))
            #expect(outcome == .notSent(.malformedRequest))
        }
        #expect(server.log.connections == 0)
    }

    @Test("SECURITY 41: only https, http only to this machine, no user info, no fragment", arguments: badURLs)
    func refusesURL(_ url: String) {
        let check = RequestCheck(policy: EgressPolicy(allowPrivate: true))
        #expect(check.refusal(of: WireRequest(method: "GET", url: url)) == .malformedRequest)
    }

    @Test("http to this machine needs allowPrivate", arguments: ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
    func localHTTP(_ host: String) {
        let request = WireRequest(method: "GET", url: "http://\(host):8083/token?a=b")
        #expect(RequestCheck(policy: EgressPolicy()).refusal(of: request) == .malformedRequest)
        #expect(RequestCheck(policy: EgressPolicy(allowPrivate: true)).refusal(of: request) == nil)
    }

    @Test(
        "SECURITY 42: an address written out is judged without asking anyone, behind a proxy too",
        arguments: ["10.0.0.1", "127.0.0.1", "[::ffff:10.0.0.1]", "[fe80::1]", "169.254.169.254"])
    func literalAddress(_ host: String) {
        let request = WireRequest(method: "GET", url: "https://\(host)/")
        let policy = EgressPolicy(proxy: "http://proxy.example:3128")
        #expect(RequestCheck(policy: policy).refusal(of: request) == .addressRefused)
    }

    @Test("A method outside the five is refused", arguments: ["get", "CONNECT", "POST / HTTP/1.1\r\nX: 1", ""])
    func refusesMethod(_ method: String) {
        let request = WireRequest(method: method, url: "https://provider.example/")
        #expect(RequestCheck(policy: EgressPolicy()).refusal(of: request) == .malformedRequest)
    }

    @Test("A sound request passes")
    func passes() {
        let request = WireRequest(
            method: "PUT", url: "https://provider.example/a/../b?q=%20",
            headers: [WireHeader("Authorization", "Basic YQ=="), WireHeader("X-Empty", "")])
        #expect(RequestCheck(policy: EgressPolicy()).refusal(of: request) == nil)
    }

    @Test("A proxy or CA file that cannot be used stops the start")
    func settings() throws {
        #expect(throws: EgressError(code: .proxyUnusable)) {
            try ProviderClient(policy: EgressPolicy(proxy: "socks5://127.0.0.1:1"))
        }
        #expect(throws: EgressError(code: .caFileUnreadable)) {
            try ProviderClient(policy: EgressPolicy(caFile: "/does/not/exist.pem"))
        }
    }
}
