import HTTPTypes
import HummingbirdCore
import NIOCore
import Pipeline

/// An answer that may be given as soon as what tells of it is durable.
struct AnswerAtHand: Sendable {
    let answer: Answer
    /// Makes that durable. What is given is called once, on a thread that others wait for.
    let record: @Sendable (@escaping @Sendable (Result<Void, PipelineError>) -> Void) -> Void
}

/// What a handler answers: status, headers and the whole body, which is small, or what writes the body as it comes.
struct Answer: Sendable {
    /// Writes a body. What it throws breaks the answer off, so that nobody takes it for whole.
    typealias Stream = @Sendable (inout StreamWriter) async throws -> Void

    var status: HTTPResponse.Status
    var headers = HTTPFields()
    var body = ByteBuffer()
    /// Of a token that is in it, for the log.
    var token: (connector: String?, generation: Int64)?
    /// Takes the place of the body.
    var stream: Stream?

    init(status: HTTPResponse.Status, type: String? = nil) {
        self.status = status
        headers.reserveCapacity(8)
        if let type { headers[.contentType] = type }
    }

    /// JSON that is written already.
    static func json(_ status: HTTPResponse.Status = .ok, _ body: ByteBuffer) -> Answer {
        var answer = Answer(status: status, type: "application/json")
        answer.body = body
        return answer
    }

    /// JSON that is written now.
    static func json(_ status: HTTPResponse.Status = .ok, _ write: (inout JSONOutput) -> Void) -> Answer {
        var json = JSONOutput()
        write(&json)
        return .json(status, json.buffer)
    }

    /// A list: `{items, next_cursor}`.
    static func list<Item>(_ items: [Item], next: String?, _ write: (inout JSONOutput, Item) -> Void) -> Answer {
        .json { json in
            json.object {
                $0.member("items", each: items, write)
                $0.member("next_cursor", next)
            }
        }
    }

    /// A body that is written as it comes.
    static func stream(type: String, _ stream: @escaping Stream) -> Answer {
        var answer = Answer(status: .ok, type: type)
        answer.stream = stream
        return answer
    }

    static func text(_ text: String) -> Answer {
        var answer = Answer(status: .ok, type: "text/plain; charset=utf-8")
        answer.body.writeString(text)
        return answer
    }

    /// Says when to come back.
    func retryAfter(_ duration: Duration?) -> Answer {
        var answer = self
        if let duration { answer.headers[.retryAfter] = String(retryAfterSeconds(duration)) }
        return answer
    }

    /// Says where the new thing is.
    func location(_ path: String) -> Answer {
        var answer = self
        answer.headers[.location] = path
        return answer
    }

    var response: Response { Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body)) }
}
