import AsyncHTTPClient
package import Foundation
import NIOCore
import NIOHTTP1

/// An HTTP client of tests: no redirects, no cookies of its own, many connections. Foundation's `URLSession` is none of it: on
/// Linux it crashes now and then when a server is killed under it (its Dispatch sources are finalized twice).
package final class HTTPProbe: Sendable {
    /// An answer as it came.
    package struct Answer: Sendable {
        package let status: Int
        package let headers: [String: String]
        package let body: Data

        /// The body as a JSON object; empty when it is none.
        package var json: [String: Any] { (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:] }
        package var text: String { String(decoding: body, as: UTF8.self) }

        /// A header, its name in any case.
        package func header(_ name: String) -> String? { headers[name.lowercased()] }
    }

    /// One for the process, which never shuts it down.
    static let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)

    private static var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 512
        // A host that is not up yet is asked again by whoever waits for it.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    package init() {}

    /// One request. A body needs a `Content-Type` among the headers, JSON gets its own.
    package func send(
        _ method: String, _ url: String, token: String? = nil, json: [String: any Sendable]? = nil, body: Data? = nil,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = HTTPMethod(rawValue: method)
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let token { request.headers.replaceOrAdd(name: "Authorization", value: "Bearer \(token)") }
        if let json {
            request.body = .bytes(ByteBuffer(bytes: try JSONSerialization.data(withJSONObject: json)))
            request.headers.replaceOrAdd(name: "Content-Type", value: "application/json")
        } else if let body {
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let answer = try await Self.client.execute(request, deadline: .now() + .seconds(120))
        let bytes = try await answer.body.collect(upTo: 64 << 20)
        let fields = answer.headers.map { ($0.name.lowercased(), $0.value) }
        return Answer(
            status: Int(answer.status.code), headers: Dictionary(fields) { "\($0), \($1)" },
            body: Data(bytes.readableBytesView))
    }
}
