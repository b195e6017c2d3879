import Foundation
import HTTPTypes
import Model
import NIOCore
import Pipeline
import Testing

@testable import API

@Suite struct ProblemTests {
    /// DESIGN.md §7, copied.
    static let statuses: [Int: String] = [
        400: "malformed", 401: "unauthenticated", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
        410: "cursor_gone", 413: "payload_too_large", 415: "unsupported_media_type",
        409: """
        pending connector_disabled needs_reauthorization expired revoked hosts_not_configured not_configured \
        duplicate_grant in_use revision_conflict definition_held
        """,
        422: "invalid_input invalid_state",
        424: "provider_error provider_unavailable provider_rate_limited client_misconfigured",
        429: "caller_rate_limited",
        503: """
        refresh_in_progress store_unavailable keys_unavailable audit_unavailable connector_unavailable draining
        """,
        500: "internal",
    ]

    @Test func everyCodeIsInTheTable() {
        #expect(
            Set(Self.statuses.values.flatMap { $0.split(separator: " ").map(String.init) })
                == Set(PipelineError.Code.allCases.map(\.rawValue)))
    }

    @Test(arguments: PipelineError.Code.allCases)
    func everyCodeHasItsStatusAndMembers(_ code: PipelineError.Code) throws {
        let answer = Problem(PipelineError(code, "What \"happened\".")).answer(instance: "/api/v1/x", requestID: "r-1")
        #expect(Self.statuses[answer.status.code]?.split(separator: " ").contains(Substring(code.rawValue)) == true)
        #expect(answer.headers[.contentType] == "application/problem+json")
        let json = try object(answer)
        #expect(json["status"] as? Int == answer.status.code)
        #expect(json["code"] as? String == code.rawValue)
        #expect(json["detail"] as? String == "What \"happened\".")
        #expect(json["instance"] as? String == "/api/v1/x")
        #expect(json["request_id"] as? String == "r-1")
        #expect(json["retryable"] is Bool)
        #expect((json["title"] as? String)?.isEmpty == false)
        let isInput = [400, 413, 415, 422].contains(answer.status.code)
        #expect(json["type"] as? String == (isInput ? "/problems/input-validation" : "/problems/application"))
        #expect(json["errors"] == nil && json["connection_id"] == nil && json["reauthorize"] == nil)
        if [424, 503].contains(answer.status.code) { #expect(answer.headers[.retryAfter] == "5") }
    }

    @Test func waitingTimesAreRoundedUp() {
        for (wait, header) in [(Duration.zero, "1"), (.milliseconds(1001), "2"), (.seconds(90), "90")] {
            let error = PipelineError(.refreshInProgress, "", retryAfter: wait)
            #expect(Problem(error).answer(instance: "", requestID: "").headers[.retryAfter] == header)
        }
        #expect(Problem(PipelineError(.notFound, "")).retryAfter == nil)
        #expect(Problem(PipelineError(.callerRateLimited, "")).retryAfter == 5)
    }

    @Test func fieldsConnectionAndRenewalAreTold() throws {
        var error = PipelineError.invalid("inputs.subdomain", "too long")
        #expect(
            try object(Problem(error))["errors"] as? [[String: String]] == [
                ["field": "inputs.subdomain", "detail": "too long"]
            ])
        error = PipelineError(.duplicateGrant, "")
        error.connection = ConnectionID("conn_1")
        #expect(try object(Problem(error))["connection_id"] as? String == "conn_1")
        error = PipelineError(.needsReauthorization, "")
        error.connector = "github"
        #expect(
            try object(Problem(error))["reauthorize"] as? [String: String]
                == ["method": "POST", "href": "/api/v1/connectors/github/authorize"])
    }

    @Test("SECURITY 12: an unexpected error tells callers nothing")
    func unexpectedErrorsStayInside() throws {
        struct Leak: Error, CustomStringConvertible { let description = "canary-secret" }
        let answer = Problem(Leak()).answer(instance: "/", requestID: "r")
        #expect(answer.status.code == 500)
        #expect(!String(buffer: answer.body).contains("canary-secret"))
    }

    @Test func typesLeadToPages() {
        for type in ProblemType.allCases {
            #expect(ProblemPages.page(String(type.path.dropFirst("/problems/".count))) != nil)
        }
        #expect(ProblemPages.page("other") == nil)
        let pages = ProblemType.allCases.compactMap { ProblemPages.page($0.rawValue) }.joined()
        for code in PipelineError.Code.allCases {
            let lines = ["\(code.status.code)  \(code.rawValue)", code.title + ".", code.remedy]
            #expect(pages.contains(lines[0]) && pages.contains(lines[1]) && pages.contains(lines[2]), "\(code)")
        }
    }

    private func object(_ problem: Problem) throws -> [String: Any] {
        try object(problem.answer(instance: "", requestID: ""))
    }

    private func object(_ answer: Answer) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView)) as? [String: Any])
    }
}
