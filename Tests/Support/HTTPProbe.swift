package import Foundation
import FoundationNetworking

/// An HTTP client of tests: no redirects, no cookies of its own, many connections.
package final class HTTPProbe: NSObject, Sendable, URLSessionTaskDelegate {
    /// An answer as it came.
    package struct Answer: Sendable {
        package let status: Int
        package let headers: [String: String]
        package let body: Data

        /// The body as a JSON object; empty when it is none.
        package var json: [String: Any] { (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:] }
        package var text: String { String(decoding: body, as: UTF8.self) }

        /// A header, its name in any case.
        package func header(_ name: String) -> String? {
            headers.first { $0.key.lowercased() == name.lowercased() }?.value
        }
    }

    private let session: URLSession

    package override init() {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = 512
        configuration.timeoutIntervalForRequest = 120
        configuration.httpShouldSetCookies = false
        configuration.httpCookieStorage = nil
        configuration.urlCache = nil
        session = URLSession(configuration: configuration, delegate: NoRedirects(), delegateQueue: nil)
        super.init()
    }

    deinit { session.invalidateAndCancel() }

    /// One request.
    package func send(
        _ method: String, _ url: String, token: String? = nil, json: [String: any Sendable]? = nil, body: Data? = nil,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        guard let address = URL(string: url) else { throw Failure("no URL: \(url)") }
        var request = URLRequest(url: address)
        request.httpMethod = method
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        if let json {
            request.httpBody = try JSONSerialization.data(withJSONObject: json)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        } else if let body {
            request.httpBody = body
        }
        let (data, response) = try await session.data(for: request)
        guard let answer = response as? HTTPURLResponse else { throw Failure("no HTTP answer from \(url)") }
        let fields = answer.allHeaderFields.map { ("\($0.key)", "\($0.value)") }
        return Answer(status: answer.statusCode, headers: Dictionary(fields) { $1 }, body: data)
    }
}

private final class NoRedirects: NSObject, URLSessionTaskDelegate, Sendable {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) { completionHandler(nil) }
}
