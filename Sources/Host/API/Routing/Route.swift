import HTTPTypes
import Pipeline

/// One route. Who may use it is part of its type: a handler gets a `Caller` only after the caller is known.
struct Route: Sendable {
    typealias OpenHandler = @Sendable (Call) async throws -> Answer
    typealias CallerHandler = @Sendable (Call, Caller) async throws -> Answer
    /// Answers with what is in memory. Nil: the handler is to be asked, which alone waits, and says what is wrong.
    typealias ReadyHandler = @Sendable (Call, Caller) -> AnswerAtHand?

    enum Handler: Sendable {
        case open(OpenHandler)
        case known(CallerHandler)
    }

    /// How failures look: JSON for programs, a page for people.
    enum Face: Sendable {
        case problem
        case page
    }

    let method: HTTPRequest.Method
    /// With `{names}`; also the label in metrics and logs, so that no id ends there.
    let template: String
    let handler: Handler
    var face = Face.problem
    /// The answer holds an access token: it is never kept for an `Idempotency-Key`, see `AnswerStore`.
    var servesTokens = false
    /// Asked before the handler, on the connection's event loop.
    var atHand: ReadyHandler?
    /// The body may be a form with one file instead of JSON.
    var takesFiles = false

    /// Stands for a method that the template does not have.
    var isRefusal = false

    /// For known callers.
    static func on(_ method: HTTPRequest.Method, _ template: String, _ handler: @escaping CallerHandler) -> Route {
        Route(method: method, template: template, handler: .known(handler))
    }

    /// The same for answers with an access token.
    static func serving(
        _ method: HTTPRequest.Method, _ template: String, _ handler: @escaping CallerHandler,
        atHand: ReadyHandler? = nil
    ) -> Route {
        Route(method: method, template: template, handler: .known(handler), servesTokens: true, atHand: atHand)
    }

    /// The same for a body that may be a form with one file.
    static func taking(_ method: HTTPRequest.Method, _ template: String, _ handler: @escaping CallerHandler) -> Route {
        Route(method: method, template: template, handler: .known(handler), takesFiles: true)
    }

    /// For everybody.
    static func open(_ method: HTTPRequest.Method, _ template: String, _ handler: @escaping OpenHandler) -> Route {
        Route(method: method, template: template, handler: .open(handler))
    }

    /// For a person's browser, which has no token.
    static func browser(_ template: String, _ handler: @escaping OpenHandler) -> Route {
        Route(method: .get, template: template, handler: .open(handler), face: .page)
    }

    /// What takes the place of every method that a template does not have: 405 with `Allow`.
    static func refusals(beside routes: [Route]) -> [Route] {
        // Those of RFC 9110 but CONNECT, PATCH, and QUERY, which is about to be one.
        let query = HTTPRequest.Method("QUERY").map { [$0] } ?? []
        let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options, .trace] + query
        return Dictionary(grouping: routes, by: \.template).flatMap { template, routes in
            let known = Set(routes.map(\.method))
            let allowed = known.map(\.rawValue).sorted().joined(separator: ", ")
            return methods.filter { !known.contains($0) }.map { method in
                Route(
                    method: method, template: template,
                    handler: .open { _ in throw MethodNotAllowed(allowed: allowed) }, isRefusal: true)
            }
        }
    }
}

/// The template exists, the method does not.
struct MethodNotAllowed: Error {
    /// For the `Allow` header.
    let allowed: String

    var problem: PipelineError { PipelineError(.methodNotAllowed, "This route has \(allowed).") }
}
