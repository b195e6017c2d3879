import ConnectorSDK
import HTTPTypes
import Model
import NIOCore
import Pipeline

/// What a person's browser gets: a redirect, or one of a few fixed pages. Nothing on a page comes from the request or
/// from the provider.
enum BrowserPages {
    /// - Throws: `internal` for an address that is no header value.
    static func redirect(to location: String) throws(PipelineError) -> Answer {
        guard WireEncoding.isHeaderValue(location), !location.contains(" ") else {
            throw PipelineError(.internal, "The address to redirect to is no header value.")
        }
        var answer = Answer(status: .found)
        answer.headers[.location] = location
        answer.headers[.referrerPolicy] = "no-referrer"
        return answer
    }

    /// How an authorization ended: back to the caller's own page, or a page of ours.
    static func end(_ end: CallbackAnswer) throws(PipelineError) -> Answer {
        if let returnTo = end.returnTo { return try redirect(to: address(returnTo, telling: end)) }
        switch end.status {
        case .connected: return page(.ok, "Connected", "You can close this window.")
        case .choose: return page(.ok, "Almost there", "Go back to the application and choose what to connect.")
        case .denied: return page(.ok, "Not connected", "Access was not granted. You can close this window.")
        case .failed:
            let code = end.code.flatMap(PipelineError.Code.init(rawValue:)) ?? .invalidState
            return failure(Problem(PipelineError(code, "")))
        }
    }

    /// A failure as a person may see it: its kind, and nothing of what led to it.
    static func failure(_ problem: Problem) -> Answer {
        var answer = page(problem.error.code.status, "Not connected", text(for: problem.error.code))
        answer.headers[.retryAfter] = problem.retryAfter.map { String($0) }
        return answer
    }

    /// `returnTo` with `connection_id`, `status` and `code` behind its query.
    static func address(_ returnTo: String, telling end: CallbackAnswer) -> String {
        var fields = [(name: "status", value: end.status.rawValue)]
        if let connection = end.connection {
            fields.insert((name: "connection_id", value: connection.description), at: 0)
        }
        if let code = end.code { fields.append((name: "code", value: code)) }
        let parts = returnTo.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let joint = !parts[0].contains("?") ? "?" : parts[0].hasSuffix("?") || parts[0].hasSuffix("&") ? "" : "&"
        return parts[0] + joint + WireEncoding.form(fields) + (parts.count == 2 ? "#" + parts[1] : "")
    }

    private static func text(for code: PipelineError.Code) -> String {
        switch code.status.code {
        case 424, 429, 503: "The service is not available right now. Go back to the application and try again later."
        case 500: "Something went wrong. Go back to the application and try again."
        default: "This link is unknown, used or too old. Go back to the application and start again."
        }
    }

    private static func page(_ status: HTTPResponse.Status, _ title: StaticString, _ text: String) -> Answer {
        var answer = Answer(status: status, type: "text/html; charset=utf-8")
        answer.headers[.contentSecurityPolicy] =
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        answer.headers[.referrerPolicy] = "no-referrer"
        answer.headers[.xContentTypeOptions] = "nosniff"
        let html =
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>\(title)</title><h1>\(title)</h1><p>\(text)</p></html>\n"
        answer.body.writeString(html)
        return answer
    }
}
