import HTTPTypes
import Pipeline

/// Reading and refreshing a token: what the host is for.
struct TokenController: Sendable {
    let pipeline: TokenPipeline

    @Sendable func read(_ call: Call, by caller: Caller) async throws -> Answer {
        let request = try TokenRequest.read(call.query("min_validity", "name"))
        let token = try await pipeline.token(of: call.connection(), request, by: caller)
        return Answer.json(.ok, token.json()).noting(token)
    }

    @Sendable func readAtHand(_ call: Call, by caller: Caller) -> AnswerAtHand? {
        guard let request = try? TokenRequest.read(call.query("min_validity", "name")), let id = try? call.connection(),
            let token = pipeline.tokenAtHand(of: id, request, by: caller)
        else { return nil }
        return AnswerAtHand(answer: Answer.json(.ok, token.view.json()).noting(token.view), record: token.record)
    }

    @Sendable func refresh(_ call: Call, by caller: Caller) async throws -> Answer {
        var request = try call.fields { RefreshRequest.read(&$0) }
        if call.isRepeated {
            // It was refreshed: now the stored token, without a call to the provider.
            (request.observedGeneration, request.force) = (0, false)
        }
        let answer = try await pipeline.refresh(call.connection(), request, by: caller)
        return Answer.json(.ok, answer.token.json(outcome: answer.outcome)).retryAfter(answer.retryAfter)
            .noting(answer.token)
    }
}

extension Answer {
    /// The same, with what the log says of the token.
    func noting(_ view: TokenView) -> Answer {
        var answer = self
        answer.token = (view.connector, view.generation)
        return answer
    }
}

extension TokenRequest {
    /// `?min_validity=60&name=default`.
    static func read(_ query: QueryReader) throws(PipelineError) -> TokenRequest {
        var request = TokenRequest()
        request.minimumValidity = .seconds(try query.integer("min_validity", in: 0...86_400, default: 60))
        request.name = try query.shaped("name", Shapes.nameRule) { Shapes.isName($0) } ?? "default"
        return request
    }
}

extension RefreshRequest {
    /// The body of `POST …/refresh`; it may be left out.
    static func read(_ fields: inout FieldReader) -> RefreshRequest {
        var request = RefreshRequest()
        request.name = fields.identifier("name") ?? "default"
        request.observedGeneration = fields.integer("observed_generation", in: 0...Int64.max)
        request.force = fields.flag("force") ?? false
        return request
    }
}
