import HTTPTypes
import Model
import NIOCore
import Pipeline

/// A failure on its way out, as `application/problem+json` (RFC 9457).
struct Problem {
    /// When a 424, 429 or 503 does not know better.
    static let defaultRetryAfter = Duration.seconds(5)

    let error: PipelineError

    init(_ error: PipelineError) { self.error = error }

    /// Anything else than a `PipelineError` is a defect of ours: callers learn nothing of it.
    init(_ error: any Error) {
        self.error = error as? PipelineError ?? PipelineError(.internal, "The request ID finds it in the log.")
    }

    /// Seconds for `Retry-After`, rounded up; nil where the header has no place.
    var retryAfter: Int64? {
        let needed = [424, 429, 503].contains(error.code.status.code) ? Self.defaultRetryAfter : nil
        return (error.retryAfter ?? needed).map(retryAfterSeconds)
    }

    /// The whole answer. `instance` is the request's path, without its query.
    func answer(instance: String, requestID: String) -> Answer {
        var answer = Answer(status: error.code.status, type: "application/problem+json")
        answer.body = json(instance: instance, requestID: requestID)
        answer.headers[.retryAfter] = retryAfter.map { String($0) }
        return answer
    }

    private func json(instance: String, requestID: String) -> ByteBuffer {
        var json = JSONOutput()
        json.object { json in
            json.member("type", error.code.type.path)
            json.member("title", error.code.title)
            json.member("status", Int64(error.code.status.code))
            json.member("detail", error.detail)
            json.member("instance", instance)
            json.member("code", error.code.rawValue)
            json.member("retryable", error.code.isRetryable && !error.isFinal)
            json.member("request_id", requestID)
            if !error.fields.isEmpty { writeFields(to: &json) }
            json.memberIfSet("connection_id", error.connection?.description)
            if let connector = error.connector { writeReauthorize(connector, to: &json) }
        }
        return json.buffer
    }

    private func writeFields(to json: inout JSONOutput) {
        json.member("errors", each: error.fields) { json, field in
            json.object {
                $0.member("field", field.name)
                $0.member("detail", field.detail)
            }
        }
    }

    private func writeReauthorize(_ connector: String, to json: inout JSONOutput) {
        json.name("reauthorize")
        json.object {
            $0.member("method", "POST")
            $0.member("href", "/api/v1/connectors/\(connector)/authorize")
        }
    }
}

/// Whole seconds, rounded up, at least one: a client that is told 0 comes back at once.
func retryAfterSeconds(_ duration: Duration) -> Int64 { max(1, Int64(duration.inSeconds.rounded(.up))) }
