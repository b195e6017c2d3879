import Foundation
import HTTPTypes
import Testing

@testable import ProviderSimulator

/// A role refuses whatever deviates from its script.
@Suite struct RoleTests {
    private static let script: RequestScript = {
        var script = RequestScript(.exchange, method: "POST", path: .exactly("/roles/r/token"))
        script.query = ["v": .exactly("1")]
        script.format = .form
        script.body = ["code": .secret(.code), "client_id": .exactly("c")]
        script.headers = ["Accept": "application/json"]
        return script
    }()

    private static let fitting = ArrivedRequest(
        method: "POST", path: "/roles/r/token", query: [("v", .text("1"))], format: .form,
        body: [("code", .text("k")), ("client_id", .text("c"))], headers: [.accept: "application/json"],
        encoded: "v=1&code=k&client_id=c")

    @Test("a request that fits has no deviations, and its secrets are found")
    func fits() {
        let judgement = Judgement(Self.fitting, by: Self.script)
        #expect(judgement.deviations == [] && judgement.found == [.code: "k"])
    }

    @Test("each deviation is named", arguments: Change.all)
    fileprivate func deviates(_ change: Change) {
        var request = Self.fitting
        change.apply(&request)
        #expect(Judgement(request, by: Self.script).deviations == [change.says])
    }

    fileprivate struct Change: Sendable, CustomTestStringConvertible {
        let says: String
        let apply: @Sendable (inout ArrivedRequest) -> Void
        var testDescription: String { says }

        static let all = [
            Change(says: "PUT instead of POST") { $0.method = "PUT" },
            Change(says: "the path is not what is expected") { $0.path += "/" },
            Change(says: "v is missing in the query") { $0.query = [] },
            Change(says: "x is not expected in the query") { $0.query.append(("x", .text(""))) },
            Change(says: "v stands twice in the query") { $0.query.append(("v", .text("1"))) },
            Change(says: "v in the query is not what is expected") { $0.query = [("v", .text("2"))] },
            Change(says: "the body is of format json, not form") { $0.format = .json },
            Change(says: "code in the body is not what is expected") { $0.body[0].value = .text("") },
            Change(says: "client_id in the body is not what is expected") { $0.body[1].value = .number(1) },
            Change(says: "the header Accept is not what is expected") { $0.headers[.accept] = "text/html" },
            Change(says: "an Authorization header is not expected") { $0.headers[.authorization] = "Basic Og==" },
            Change(says: "a space is written +") { $0.encoded += "&x=a+b" },
        ]
    }

    @Test("Basic, bearer, a token in a path, two different values for one secret")
    func places() {
        var script = RequestScript(
            .revoke, method: "DELETE", path: .enclosed(.accessToken, prefix: "/roles/r/", suffix: "/end"))
        var request = ArrivedRequest(method: "DELETE", path: "/roles/r/at/end")
        #expect(Judgement(request, by: script).found == [.accessToken: "at"])
        script.authorization = .bearer(.accessToken)
        request.headers[.authorization] = "Bearer at"
        #expect(Judgement(request, by: script).deviations == [])
        request.headers[.authorization] = "Bearer other"
        #expect(Judgement(request, by: script).deviations == ["two different access_tokens"])
        script.authorization = .basic(username: "a b", password: "")
        request.headers[.authorization] = "Basic \(Data("a+b:".utf8).base64EncodedString())"
        #expect(Judgement(request, by: script).deviations == [])
        request.path = "/roles/r//end"
        #expect(Judgement(request, by: script).deviations == ["the path is not what is expected"])
    }

    @Test("an assertion: audience, issuer, subject, times, and once only")
    func assertions() throws {
        let now = Date(timeIntervalSince1970: 1_000)
        var claims: [String: Any] = ["iss": "c", "sub": "c", "aud": "a", "jti": "1", "iat": 990, "exp": 1290]
        func deviations() throws -> [String] {
            let payload = try JSONSerialization.data(withJSONObject: claims).base64URL
            let assertion = try #require(Assertion("\(Data(#"{"alg":"RS256"}"#.utf8).base64URL).\(payload).c2ln"))
            return assertion.deviations(from: AssertionScript(audience: "a", issuer: "c", subject: "c"))
                + assertion.deviations(at: now)
        }
        #expect(try deviations() == [])
        claims["aud"] = "b"
        #expect(try deviations() == ["another audience"])
        claims["aud"] = "a"
        claims["exp"] = 1_291
        #expect(try deviations() == ["an assertion lives longer than five minutes"])
        claims["exp"] = 1_000
        #expect(try deviations() == ["an assertion is not good now"])
        claims["jti"] = nil
        #expect(try deviations() == ["an assertion has no iat, exp or jti"])
        #expect(Assertion("\(Data(#"{"alg":"none"}"#.utf8).base64URL).e30.c2ln") == nil)
    }

    @Test("answers: nested members, arrays, milliseconds, an end as a date")
    func shapes() {
        let standard = TokenAnswer(accessToken: "a", lifetime: 60, refreshToken: "r", scope: "s")
        let script = AnswerScript(
            places: ["access_token": ["data", "token"], "expires_in": ["ttl"], "expires_at": ["data", "end"]],
            extras: [.init(["list", "0", "id"], json: "1")], isInMilliseconds: true)
        #expect(
            script.shape(standard, now: Date(timeIntervalSince1970: 0)).json
                == #"{"data":{"token":"a","end":"1970-01-01T00:01:00Z"},"ttl":60000,"list":[{"id":1}]}"#)
    }
}
