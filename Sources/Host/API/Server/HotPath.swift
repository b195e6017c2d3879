import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Locks

/// Answers the route that is asked most before the framework looks for a route and makes a context and a logger for the
/// request. Its path is compared by bytes; whatever differs from the template in any way takes the framework's way.
struct HotPath: Sendable {
    private static let before = "/api/v1/connections/"
    private static let after = "/token"

    private let endpoint: Endpoint
    private let date = DateField()

    /// Nil where the routes have no such route.
    /// - Parameter endpoints: what the routes are answered by.
    init?(_ endpoints: [(route: Route, endpoint: Endpoint)]) {
        let template = "\(Self.before){id}\(Self.after)"
        guard let hot = endpoints.first(where: { $0.route.method == .get && $0.route.template == template }) else {
            return nil
        }
        endpoint = hot.endpoint
    }

    /// What answers all requests.
    /// - Parameter framework: answers the others.
    func or(_ framework: @escaping HTTPChannelHandler.Responder) -> HTTPChannelHandler.Responder {
        { request, writer, channel in
            guard request.method == .get, let id = Self.captured(of: request.uri.path) else {
                return try await framework(request, writer, channel)
            }
            var response = await endpoint.respond(to: request, Captures("id", id))
            response.headers.append(HTTPField(name: .date, value: date.text))
            try await writer.write(response: response.head, body: response.body)
        }
    }

    /// What stands between the fixed parts: one segment that is not empty, and has nothing encoded.
    private static func captured(of path: String) -> Substring? {
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
