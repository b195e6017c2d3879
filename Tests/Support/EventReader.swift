import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

/// Follows `GET /api/v1/events` as a stream: comes again with the last id it has, whatever happens to the host.
package final class EventReader: Sendable {
    /// An event as it came.
    package struct Event: Sendable {
        package let id: String
        package let type: String
        package let data: String

        /// A text member of its data, which is one JSON object.
        package func text(_ name: String) -> String {
            let json = try? JSONSerialization.jsonObject(with: Data(data.utf8))
            return (json as? [String: Any])?[name] as? String ?? ""
        }
    }

    /// How a stream ended.
    package enum End: Sendable {
        /// In good order.
        case finished
        /// With an answer that is no stream.
        case refused(HTTPProbe.Answer)
        case broken
    }

    private struct State {
        var events: [Event] = []
        var heads: [[String: String]] = []
        var comments = 0
    }

    private let url: String
    private let token: String
    private let state = Mutex(State())

    package init(_ url: String, token: String) {
        self.url = url
        self.token = token
    }

    /// All events so far, in the order in which they came.
    package var events: [Event] { state.withLock { $0.events } }
    /// How many comments came.
    package var comments: Int { state.withLock { $0.comments } }
    /// The headers of every stream that was opened, names in lower case.
    package var heads: [[String: String]] { state.withLock { $0.heads } }

    /// Reads, again and again, until its task is cancelled.
    package func follow() async {
        while !Task.isCancelled {
            _ = await once()
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Reads one stream to its end.
    package func once() async -> End {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Accept", value: "text/event-stream")
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        if let last = events.last { request.headers.add(name: "Last-Event-ID", value: last.id) }
        do {
            let answer = try await HTTPProbe.client.execute(request, deadline: .now() + .seconds(180))
            let head = Dictionary(answer.headers.map { ($0.name.lowercased(), $0.value) }) { "\($0), \($1)" }
            guard answer.status == .ok else {
                let body = try await answer.body.collect(upTo: 1 << 20)
                return .refused(
                    HTTPProbe.Answer(
                        status: Int(answer.status.code), headers: head, body: Data(body.readableBytesView)))
            }
            state.withLock { $0.heads.append(head) }
            var rest = Data()
            for try await chunk in answer.body {
                rest.append(contentsOf: chunk.readableBytesView)
                while let end = rest.range(of: Data("\n\n".utf8)) {
                    take(String(decoding: rest[..<end.lowerBound], as: UTF8.self))
                    rest = Data(rest[end.upperBound...])
                }
            }
            return .finished
        } catch {
            return .broken
        }
    }

    private func take(_ block: String) {
        var fields: [String: String] = [:]
        for line in block.split(separator: "\n") where !line.hasPrefix(":") {
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            fields[parts[0]] = String((parts.last ?? "").drop { $0 == " " })
        }
        state.withLock { state in
            guard let id = fields["id"], let type = fields["event"], let data = fields["data"] else {
                state.comments += 1
                return
            }
            state.events.append(Event(id: id, type: type, data: data))
        }
    }
}
