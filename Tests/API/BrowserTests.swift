import ConnectorSDK
import HTTPTypes
import Model
import NIOCore
import Testing

@testable import API
@testable import Pipeline

@Suite struct BrowserTests {
    @Test("SECURITY 63: the flow cookie is bound to host, path and browser")
    func cookieAttributes() {
        let cookie = FlowCookie(publicURL: "https://tokens.example.com")
        #expect(
            cookie.set(Secret("value"), for: .seconds(600))
                == "__Host-tm-flow=value; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure")
        let plain = FlowCookie(publicURL: "http://127.0.0.1:8082")
        #expect(
            plain.set(Secret("value"), for: .seconds(600))
                == "tm-flow=value; Path=/; Max-Age=600; HttpOnly; SameSite=Lax")
        #expect(FlowCookie(publicURL: nil).name == "tm-flow")
        #expect(FlowCookie(publicURL: "HTTPS://tokens.example.com").name == "__Host-tm-flow")
    }

    @Test(
        "SECURITY 63: an ambiguous cookie is none, and so is what is no value of this host",
        arguments: [
            ("tm-flow=V", ["V"]), ("a=b; tm-flow=V;c=d", ["V"]), ("tm-flow=V.W", ["V", "W"]), ("tm-flow=", []),
            ("tm-flow", []), ("xtm-flow=V", []), ("TM-FLOW=V", []), ("tm-flow=V; tm-flow=W", []), ("", []),
            ("__Host-tm-flow=V", []), ("tm-flow=short", []), ("tm-flow=short.W", ["W"]), ("tm-flow=V=", []),
            ("tm-flow=V V", []),
        ] as [(String, [String])])
    func cookieReading(_ header: String, _ values: [String]) {
        let header = Self.whole(header)
        #expect(FlowCookie(publicURL: nil).values(in: [.cookie: header]) == values.map { Secret(Self.whole($0)) })
    }

    /// V and W are values of this host.
    private static func whole(_ text: String) -> String {
        text.replacing("V", with: String(repeating: "v", count: 43))
            .replacing("W", with: String(repeating: "w", count: 43))
    }

    @Test func cookiesOfTwoHeadersAreAmbiguous() {
        var headers: HTTPFields = [.cookie: Self.whole("tm-flow=V")]
        headers.append(HTTPField(name: .cookie, value: Self.whole("tm-flow=W")))
        #expect(FlowCookie(publicURL: nil).values(in: headers) == [])
    }

    @Test("a browser's other consents go on: the newest eight") func severalFlows() {
        let cookie = FlowCookie(publicURL: nil)
        var headers: HTTPFields = [:]
        for flow in 0..<10 {
            let value = Secret(String(repeating: "\(flow)", count: 43))
            let set = cookie.set(value, beside: cookie.values(in: headers), for: .seconds(60))
            headers[.cookie] = set.split(separator: ";").first.map(String.init)
        }
        #expect(cookie.values(in: headers) == (2..<10).map { Secret(String(repeating: "\($0)", count: 43)) })
    }

    @Test("SECURITY 11: pages show nothing of what they were given", arguments: CallbackEnd.all)
    func pagesReflectNothing(_ end: CallbackEnd) throws {
        let answer = try BrowserPages.end(end.answer)
        let page = String(buffer: answer.body)
        #expect(!page.contains("canary") && !page.contains("<script"))
        #expect(answer.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'") == true)
        #expect(answer.headers[.referrerPolicy] == "no-referrer" && answer.headers[.xContentTypeOptions] == "nosniff")
        #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
        #expect(answer.status.code == end.status)
    }

    @Test("SECURITY 11: failures of every kind show a fixed page", arguments: PipelineError.Code.allCases)
    func failuresReflectNothing(_ code: PipelineError.Code) {
        var error = PipelineError(code, "canary-detail <script>")
        error.connection = ConnectionID("canary-connection")
        let answer = BrowserPages.failure(Problem(error))
        #expect(answer.status == code.status && !String(buffer: answer.body).contains("canary"))
        #expect(
            [424, 503].contains(answer.status.code) == (answer.headers[.retryAfter] != nil)
                || code == .callerRateLimited)
    }

    @Test func theReturnAddressLearnsHowItEnded() throws {
        var end = CallbackAnswer(
            status: .connected, code: nil, connection: ConnectionID("conn_1"), returnTo: "https://app.example/done")
        #expect(
            try BrowserPages.end(end).headers[.location]
                == "https://app.example/done?connection_id=conn_1&status=connected")
        #expect(try BrowserPages.end(end).status == .found)
        end.returnTo = "https://app.example/done?a=1#part?x"
        end.status = .failed
        end.code = "invalid_state"
        #expect(
            try BrowserPages.end(end).headers[.location]
                == "https://app.example/done?a=1&connection_id=conn_1&status=failed&code=invalid_state#part?x")
        end.returnTo = "https://app.example/?"
        end.connection = nil
        end.code = "a&b=c#"
        #expect(try BrowserPages.end(end).headers[.location] == "https://app.example/?status=failed&code=a%26b%3Dc%23")
    }

    @Test(
        "SECURITY 45: no redirect can carry a line break",
        arguments: ["https://x/\r\nSet-Cookie: a=b", "https://x/a b", "", "https://x/é"])
    func redirectsAreHeaderValues(_ location: String) {
        expect(.internal) { _ = try BrowserPages.redirect(to: location) }
    }
}

struct CallbackEnd: Sendable {
    let answer: CallbackAnswer
    let status: Int

    static let all = [
        CallbackEnd(
            answer: CallbackAnswer(status: .connected, code: nil, connection: ConnectionID("canary"), returnTo: nil),
            status: 200),
        CallbackEnd(
            answer: CallbackAnswer(status: .choose, code: "canary", connection: nil, returnTo: nil), status: 200),
        CallbackEnd(
            answer: CallbackAnswer(status: .denied, code: "canary<script>", connection: nil, returnTo: nil), status: 200
        ),
        CallbackEnd(
            answer: CallbackAnswer(status: .failed, code: "canary<script>", connection: nil, returnTo: nil), status: 422
        ),
        CallbackEnd(
            answer: CallbackAnswer(status: .failed, code: "provider_unavailable", connection: nil, returnTo: nil),
            status: 424),
    ]
}
