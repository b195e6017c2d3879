import Foundation
import Glibc
import Pipeline
import TestSupport
import Testing

/// Every problem code of DESIGN.md §7, provoked at a real host.
@Suite(.hosts(2)) struct ProblemTableTests {
    @Test("every problem code comes about through HTTP, with its members and its Retry-After")
    func table() async throws {
        // The host inherits that the signal of a file at its limit is ignored.
        signal(SIGXFSZ, SIG_IGN)
        try await ProblemStage.run("problems") { stage in
            let table = ProblemTable(stage: stage)
            Self.check(try await table.refreshOnFullDisk(), .storeUnavailable)
            for code in PipelineError.Code.allCases {
                let answer = try await table.provoke(code)
                if code == .internal {
                    try Self.checkPage(answer, stage)
                } else {
                    Self.check(answer, code)
                }
            }
        }
    }

    private static func check(_ answer: HTTPProbe.Answer, _ code: PipelineError.Code) {
        let name: Comment = "\(code.rawValue): \(answer.status) \(answer.text)"
        #expect(answer.code == code.rawValue, name)
        #expect(answer.header("Content-Type") == "application/problem+json", name)
        #expect(answer.json["status"] as? Int == answer.status, name)
        for member in ["type", "title", "detail", "instance", "request_id"] {
            #expect((answer.json[member] as? String)?.isEmpty == false, name)
        }
        if [424, 429, 503].contains(answer.status) {
            #expect(answer.header("Retry-After").flatMap { Int($0) } ?? 0 > 0, name)
            // Until the client's secret is right nothing changes by itself, and a grant that was refused stays refused.
            #expect(answer.json["retryable"] as? Bool == ![.clientMisconfigured, .providerError].contains(code), name)
        }
    }

    /// A defect is met in a browser here, which gets a page that tells nothing; the log has its code.
    private static func checkPage(_ answer: HTTPProbe.Answer, _ stage: ProblemStage) throws {
        #expect(answer.status == 500 && answer.text.contains("Something went wrong"), "\(answer.text)")
        let request = try #require(answer.header("X-Request-ID"))
        let lines = try String(contentsOf: stage.child.log, encoding: .utf8).split(separator: "\n")
        #expect(lines.contains { $0.contains(request) && $0.contains(#""code":"internal""#) })
    }
}
