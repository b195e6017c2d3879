import ConnectorSDK
import HTTPTypes
import Pipeline

/// The two routes that a person's browser visits. Neither ever shows what it was given (SECURITY 11).
struct BrowserController: Sendable {
    let pipeline: TokenPipeline
    let cookie: FlowCookie

    /// Takes the ticket, leaves the cookie, sends the browser to the provider. Flows in other tabs go on.
    @Sendable func start(_ call: Call) async throws -> Answer {
        guard let ticket = call.captured("ticket"), Shapes.isTicket(ticket) else {
            throw PipelineError(.invalidState, "There is no such ticket.")
        }
        let taken = try await pipeline.takeTicket(String(ticket))
        var answer = try BrowserPages.redirect(to: taken.location)
        answer.headers[.setCookie] = cookie.set(
            taken.cookie, beside: cookie.values(in: call.headers), for: taken.maxAge)
        return answer
    }

    /// The provider sends the browser back here. The cookie stays: the same callback may come again.
    @Sendable func callback(_ call: Call) async throws -> Answer {
        let query = try call.queryPairs()
        let cookies = cookie.values(in: call.headers)
        return try BrowserPages.end(try await pipeline.callback(query: query, cookies: cookies))
    }
}
