import HTTPTypes
import Model
import NIOCore
import Pipeline

/// `Idempotency-Key` on POST: the same caller, route and key get the first answer again.
struct AnswerStore: Sendable {
    /// The stored answer, or nil when the call must run.
    let find:
        @Sendable (_ key: String, _ route: String, _ body: [UInt8], Caller) async throws -> (
            status: Int, body: [UInt8]
        )?
    /// Keeps an answer.
    let keep:
        @Sendable (_ key: String, _ route: String, _ body: [UInt8], _ status: Int, _ answer: [UInt8], Caller)
            async throws -> Void
    /// Says that a call which had to run has brought nothing to keep.
    let giveUp: @Sendable (_ key: String, _ route: String, Caller) async throws -> Void
    /// Two calls with one new key at once: the second waits, and gets the first one's answer.
    private let turns = Turns()

    /// The pipeline keeps them, sealed.
    init(_ pipeline: TokenPipeline) {
        find = { try await pipeline.storedAnswer(key: $0, route: $1, body: $2, by: $3) }
        keep = { try await pipeline.storeAnswer(status: $3, body: $4, key: $0, route: $1, requestBody: $2, by: $5) }
        giveUp = { try await pipeline.giveUpAnswer(key: $0, route: $1, by: $2) }
    }

    init(
        find: @escaping @Sendable (String, String, [UInt8], Caller) async throws -> (status: Int, body: [UInt8])?,
        keep: @escaping @Sendable (String, String, [UInt8], Int, [UInt8], Caller) async throws -> Void,
        giveUp: @escaping @Sendable (String, String, Caller) async throws -> Void = { _, _, _ in }
    ) {
        self.find = find
        self.keep = keep
        self.giveUp = giveUp
    }

    /// Runs the handler, or repeats what it answered before. Only successes are kept: whoever was told that something
    /// is unavailable must be able to ask again with the same key.
    /// - Parameter servesTokens: then only that it was done is kept, and a repeated call asks for the token anew: whether
    ///   the caller may have it is judged each time, and each time is audited (SECURITY 53).
    func answer(
        _ call: Call, by caller: Caller, servesTokens: Bool = false, _ handler: Route.CallerHandler
    ) async throws -> Answer {
        guard let key = try Self.key(in: call.headers) else { return try await handler(call, caller) }
        let turn = [caller.organization.description, caller.name, call.path, key].joined(separator: "\u{0}")
        return try await turns.taking(turn) {
            try await answerOnce(call, by: caller, key, servesTokens: servesTokens, handler)
        }
    }

    private func answerOnce(
        _ call: Call, by caller: Caller, _ key: String, servesTokens: Bool, _ handler: Route.CallerHandler
    ) async throws -> Answer {
        let route = "POST \(call.path)"
        let body = Array(call.body.readableBytesView)
        if let stored = try await find(key, route, body, caller) {
            var answer =
                servesTokens
                ? try await handler(call.repeated, caller)
                : Answer.json(HTTPResponse.Status(code: stored.status), ByteBuffer(bytes: stored.body))
            answer.headers[.idempotencyReplayed] = "true"
            return answer
        }
        let answer: Answer
        do {
            answer = try await handler(call, caller)
        } catch {
            try? await giveUp(key, route, caller)
            throw error
        }
        if answer.status.kind == .successful {
            // What was done is done, and a code that was exchanged cannot be exchanged again: an answer that cannot be
            // kept is still given.
            let kept = servesTokens ? [] : Array(answer.body.readableBytesView)
            try? await keep(key, route, body, answer.status.code, kept, caller)
        } else {
            try? await giveUp(key, route, caller)
        }
        return answer
    }

    private static func key(in headers: HTTPFields) throws(PipelineError) -> String? {
        let values = headers[values: .idempotencyKey]
        guard let key = values.first else { return nil }
        guard values.count == 1, Shapes.isVisible(key, longest: 255) else {
            throw .invalid("Idempotency-Key", "one value of at most 255 visible ASCII characters")
        }
        return key
    }
}
