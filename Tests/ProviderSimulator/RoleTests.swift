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

    @Test("an assertion: audience, issuer, subject, scope, and signed by the client's key")
    func assertions() throws {
        var script = RequestScript(.redeem, method: "POST", path: .exactly("/"))
        script.format = .form
        func judged(_ claims: String, by expected: AssertionScript) -> [String] {
            script.body = ["assertion": .assertion(expected)]
            let parts = [#"{"alg":"RS256"}"#, claims].map { Data($0.utf8).base64URL }
            let text = ArrivedRequest.Value.text((parts + ["c2ln"]).joined(separator: "."))
            let request = ArrivedRequest(method: "POST", path: "/", format: .form, body: [("assertion", text)])
            let judgement = Judgement(request, by: script)
            #expect(judgement.assertions.allSatisfy { !$0.isSigned(by: "no key") })
            return judgement.deviations
        }
        let claims = #"{"iss":"c","sub":"s","aud":"a","jti":"1","iat":990,"exp":1290}"#
        let place = "assertion in the body"
        #expect(judged(claims, by: AssertionScript(audience: "a", issuer: "c", subject: "s")) == [])
        #expect(judged(claims, by: AssertionScript(audience: "a", issuer: "c", subject: nil)) == [])
        #expect(
            judged(claims, by: AssertionScript(audience: "b", issuer: "d", subject: "t", scope: "x"))
                == ["audience", "issuer", "subject", "scope"].map { "\(place): another \($0)" })
        #expect(judged("{}", by: AssertionScript(audience: "a", issuer: "c", subject: nil)).count == 1)
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
