import Testing

@testable import Pipeline

@Suite struct PipelineErrorTests {
    @Test("a log's `code` is a code, and holds nothing of what the caller is told")
    func text() {
        #expect("\(PipelineError(.notFound, "There is no connection canary-id."))" == "not_found")
        #expect("\(PipelineError.invalid("name", "is too long"))" == "invalid_input")
    }
}
