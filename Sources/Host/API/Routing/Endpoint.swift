import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import Model
import NIOCore
import Pipeline

/// Answers the requests of one route: who calls, what is asked, the handler, and whatever goes wrong on the way. One
/// pass instead of a chain of middleware, since reading a token is the host's hot path.
struct Endpoint: HTTPResponder {
    typealias Context = BasicRequestContext

    /// Nil: no route matched.
    private let route: Route?
    private let door: Door
    private let instruments: HTTPInstruments.OfRoute

    init(_ route: Route?, door: Door) {
        self.route = route
        self.door = door
        instruments = door.instruments.of(route)
    }

    func respond(to request: Request, context: Context) async throws -> Response {
        await respond(to: request, Captures(context.parameters))
    }

    /// The same, once it is known what the path names.
    func respond(to request: Request, _ captures: Captures) async -> Response {
        let started = ContinuousClock.now
        var visit = Visit(RequestMarks(request.headers), rules: door.rules.current)
        visit.trace = visit.rules.debug.trace(request.headers)
        let answer: Answer
        do {
            answer = try await self.answer(request, captures, &visit)
        } catch {
            answer = failure(error, request, &visit)
        }
        return finished(answer, visit, request, captures, since: started)
    }

    /// Answers a request without a body, and without a task, if the route has the answer at hand. If not, nothing has
    /// happened, and the request is to be answered as any other.
    /// - Parameter respond: called once, later, on the event loop.
    /// - Returns: whether it will be.
    func respondAtHand(
        to request: Request, _ captures: Captures, on eventLoop: any EventLoop,
        _ respond: @escaping @Sendable (HTTPResponse, ByteBuffer) -> Void
    ) -> Bool {
        let started = ContinuousClock.now
        var visit = Visit(RequestMarks(request.headers), rules: door.rules.current)
        visit.bodySize = 0
        guard let handler = route?.atHand, request.head.authority != nil,
            visit.rules.debug.isForgone(by: request.headers),
            let caller = door.authenticator.callerAtHand(request.headers, requestID: visit.marks.requestID),
            let found = handler(Call(request, captures), caller),
            // The last, since it counts.
            visit.rules.limiter?.lets(caller) != false
        else { return false }
        visit.caller = caller
        found.record { [visit] result in
            eventLoop.execute {
                var (visit, answer) = (visit, found.answer)
                if case .failure(let error) = result { answer = failure(error, request, &visit) }
                respond(finished(answer, visit, request, captures, since: started).head, answer.body)
            }
        }
        return true
    }

    /// The answer as it is sent, told of in metrics and log.
    private func finished(
        _ answer: Answer, _ visit: Visit, _ request: Request, _ captures: Captures,
        since started: ContinuousClock.Instant
    ) -> Response {
        var (answer, visit) = (answer, visit)
        answer.headers[.requestID] = visit.marks.requestID
        answer.headers[.cacheControl] = "no-store"
        // A body that nobody has read would be read to its end, however long, before the next request.
        if visit.bodySize == nil, BodyReader.isAnnounced(by: request.headers) { answer.headers[.connection] = "close" }
        if let stream = answer.stream {
            visit.body = nil
            return streamed(answer, stream, visit, request, captures, since: started)
        }
        let took = started.duration(to: .now)
        // `ConnectionGuard` keeps that body back.
        record(visit, request, captures, answer, size: request.method == .head ? 0 : nil, took)
        return answer.response
    }

    private func record(
        _ visit: Visit, _ request: Request, _ captures: Captures, _ answer: Answer, size: Int? = nil, _ took: Duration
    ) {
        instruments.record(answer, size: size, bodySize: visit.bodySize ?? 0, took: took)
        guard visit.rules.log.isOn || visit.trace != nil else { return }
        let line = RequestLine(visit, route: route, method: request.method, captures, answer: answer, took: took)
        visit.rules.log.record(line)
        if let trace = visit.trace {
            visit.rules.debug.record(trace, visit, line, headers: request.headers, answer: answer)
        }
    }

    /// An answer that goes on for as long as its caller is let in and there: one who closes his half has gone. Metrics and
    /// log tell of it when it has ended, and the connection ends with it.
    private func streamed(
        _ answer: Answer, _ stream: @escaping Answer.Stream, _ visit: Visit, _ request: Request, _ captures: Captures,
        since started: ContinuousClock.Instant
    ) -> Response {
        var answer = answer
        answer.headers[.connection] = "close"
        let end = door.authenticator.timeLeft(visit.caller).map { ContinuousClock.now + $0 }
        let (authenticator, known, headers) = (door.authenticator, visit.caller, request.headers)
        let isLetIn: @Sendable () -> Bool = {
            let caller = try? authenticator.caller(of: headers, requestID: visit.marks.requestID)
            return caller?.identity == known?.identity && caller?.organization == known?.organization
        }
        return Response(
            status: answer.status, headers: answer.headers,
            body: ResponseBody { [answer] body in
                var (writer, visit) = (StreamWriter(body, until: end, isLetIn: isLetIn), visit)
                defer { record(visit, request, captures, answer, size: writer.size, started.duration(to: .now)) }
                do {
                    try await request.body.consumeWithCancellationOnInboundClose { _ in try await stream(&writer) }
                    // Before the caller learns that it is over.
                    visit.stream?.giveBack()
                    try await body.finish(nil)
                } catch {
                    visit.stream?.giveBack()
                    visit.code = (error as? PipelineError)?.code
                    throw error
                }
            })
    }

    private func answer(_ request: Request, _ captures: Captures, _ visit: inout Visit) async throws -> Answer {
        // `HostRule` has looked at it.
        guard request.head.authority != nil else {
            throw PipelineError(
                .malformed, "Send exactly one Host header, with the host and port of this URL (RFC 9112 §3.2).")
        }
        guard let route else { throw PipelineError(.notFound, "There is no such route.") }
        switch route.handler {
        case .open(let handler):
            return try await handler(Call(request, captures))
        case .known(let handler):
            let caller = try await door.authenticator.admit(request.headers, requestID: visit.marks.requestID)
            visit.caller = caller
            visit.trace?.callerIsKnown()
            try visit.rules.debug.check(visit.trace)
            try visit.rules.limiter?.admit(caller)
            var body = ByteBuffer()
            if BodyReader.isAnnounced(by: request.headers) {
                let share = try door.bodies.take(0, by: caller)
                visit.body = share
                body = try await BodyReader.bytes(of: request, orFile: route.takesFiles, in: share)
            }
            visit.bodySize = body.readableBytes
            visit.trace?.bodyIsRead()
            let call = Call(request, captures, body: body)
            guard route.method == .post else {
                let answer = try await handler(call, caller)
                if answer.stream != nil { visit.stream = try door.streams.take(1, by: caller) }
                return answer
            }
            return try await door.answers.answer(call, by: caller, servesTokens: route.servesTokens, handler)
        }
    }

    private func failure(_ error: any Error, _ request: Request, _ visit: inout Visit) -> Answer {
        let refusal = error as? MethodNotAllowed
        let problem = Problem(refusal?.problem ?? error)
        visit.code = problem.error.code
        if problem.error.code == .internal { logDefect(error, visit) }
        guard route?.face != .page else { return BrowserPages.failure(problem) }
        var answer = problem.answer(instance: request.uri.path, requestID: visit.marks.requestID)
        answer.headers[.allow] = refusal?.allowed
        if problem.error.code == .unauthenticated { answer.headers[.wwwAuthenticate] = Self.challenge(request) }
        return answer
    }

    // RFC 6750 §3.1: no error code where no token was sent.
    private static func challenge(_ request: Request) -> String {
        let realm = #"Bearer realm="token-manager""#
        return request.headers.contains(.authorization) ? realm + #", error="invalid_token""# : realm
    }

    // The type of an unexpected error, never its text: that could hold what must not be logged (SECURITY 12, 56).
    private func logDefect(_ error: any Error, _ visit: Visit) {
        let defect = (error as? PipelineError)?.detail ?? String(reflecting: type(of: error))
        var metadata = visit.metadata
        metadata["defect"] = .string(defect)
        door.logger.error("request failed", metadata: metadata)
    }
}

/// What becomes known of a request while it is answered.
struct Visit: Sendable {
    let marks: RequestMarks
    /// Those of its beginning, whatever is changed meanwhile.
    let rules: RequestRules.Current
    var caller: Caller?
    var code: PipelineError.Code?
    /// Nil while the body is not read.
    var bodySize: Int?
    /// What the caller holds of what is limited, until the request is over.
    var body: CallerQuota.Share?
    var stream: CallerQuota.Share?
    /// Of a request that asks for its debug line.
    var trace: DebugRequests.Trace?

    init(_ marks: RequestMarks, rules: RequestRules.Current) {
        self.marks = marks
        self.rules = rules
    }

    /// For log lines, by the names of DESIGN.md §7.
    var metadata: Logger.Metadata {
        var metadata = Logger.Metadata(minimumCapacity: 12)
        metadata["request_id"] = .string(marks.requestID)
        if let trace = marks.traceID { metadata["trace_id"] = .string(trace) }
        if let caller {
            metadata["org"] = .string(caller.organization.description)
            metadata["caller"] = .string(caller.name)
        }
        if let code { metadata["code"] = .string(code.rawValue) }
        return metadata
    }
}
