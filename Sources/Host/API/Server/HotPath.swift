import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Locks
import NIOCore

/// Answers the two routes that are asked most: on the connection's event loop what is at hand (`AnswersAtHand`), else in its
/// task, but before the framework looks for a route and makes a context and a logger for the request. Their paths are compared
/// by bytes; whatever differs from the template in any way takes the framework's way.
struct HotPath: Sendable {
    private static let before = "/api/v1/connections/"
    private static let reading = "/token"
    private static let refreshing = "/refresh"

    private let read: Endpoint
    private let refresh: Endpoint?
    private let date = DateField()

    /// Nil where the routes have none for reading a token.
    /// - Parameter endpoints: what the routes are answered by.
    init?(_ endpoints: [(route: Route, endpoint: Endpoint)]) {
        func endpoint(_ method: HTTPRequest.Method, _ after: String) -> Endpoint? {
            let template = "\(Self.before){id}\(after)"
            return endpoints.first { $0.route.method == method && $0.route.template == template }?.endpoint
        }
        guard let read = endpoint(.get, Self.reading) else { return nil }
        self.read = read
        refresh = endpoint(.post, Self.refreshing)
    }

    /// What answers all requests.
    /// - Parameter framework: answers the others.
    func or(_ framework: @escaping HTTPChannelHandler.Responder) -> HTTPChannelHandler.Responder {
        { request, writer, channel in
            guard let (endpoint, id) = found(request) else { return try await framework(request, writer, channel) }
            var response = await endpoint.respond(to: request, Captures("id", id))
            response.headers.append(HTTPField(name: .date, value: date.text))
            try await writer.write(response: response.head, body: response.body)
        }
    }

    /// Whether a request may be for the route, and for nothing that only the framework's way can do: a first look, at
    /// the head of each request.
    func mayTake(_ head: HTTPRequest) -> Bool {
        head.method == .get && head.path?.utf8.starts(with: Self.before.utf8) == true
            && !BodyReader.isAnnounced(by: head.headerFields) && head.headerFields[.connection] != "close"
    }

    /// Answers such a request on its event loop, if the route has the answer at hand.
    /// - Parameter respond: called once, later, on the event loop.
    /// - Returns: whether it will be; if not, nothing has happened.
    func respond(
        to head: HTTPRequest, on eventLoop: any EventLoop,
        _ respond: @escaping @Sendable (HTTPResponse, ByteBuffer) -> Void
    ) -> Bool {
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        guard let id = Self.captured(of: request.uri.path, before: Self.reading) else { return false }
        return read.respondAtHand(to: request, Captures("id", id), on: eventLoop) { [date] head, body in
            var head = head
            head.headerFields.append(HTTPField(name: .date, value: date.text))
            respond(head, body)
        }
    }

    private func found(_ request: Request) -> (endpoint: Endpoint, id: Substring)? {
        switch request.method {
        case .get: Self.captured(of: request.uri.path, before: Self.reading).map { (read, $0) }
        case .post:
            refresh.flatMap { refresh in
                Self.captured(of: request.uri.path, before: Self.refreshing).map { (refresh, $0) }
            }
        default: nil
        }
    }

    /// What stands between the fixed parts: one segment that is not empty, and has nothing encoded.
    private static func captured(of path: String, before after: String) -> Substring? {
        guard path.utf8.starts(with: before.utf8) else { return nil }
        let rest = path.utf8.dropFirst(before.utf8.count)
        guard let end = rest.firstIndex(of: UInt8(ascii: "/")), end > rest.startIndex,
            rest[end...].elementsEqual(after.utf8), !rest[..<end].contains(PlainPath.percent)
        else { return nil }
        return Substring(rest[..<end])
    }
}

/// The `Date` of answers, made once for each second.
private final class DateField: Sendable {
    private let last = Locked((second: -1, text: ""))

    var text: String {
        let second = time(nil)
        return last.withLock { last in
            if last.second != second { last = (second: second, text: TimeText.httpDate(second: Int64(second))) }
            return last.text
        }
    }
}
