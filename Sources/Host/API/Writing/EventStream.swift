import Model
import NIOCore
import Pipeline

/// Writes events as Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html). Ends in good
/// order when the host does or the caller's token has expired; the caller comes again with the last `id` it has.
struct EventStream: Sendable {
    /// How long nothing is sent before a sign shows that somebody is still there, to proxies and to us.
    static let heartbeat = Duration.seconds(15)

    private let feed: EventFeed

    init(_ feed: EventFeed) { self.feed = feed }

    func write(to writer: inout StreamWriter) async throws {
        var feed = feed
        // The first sign comes at once, so that the reader knows that he is connected.
        var quietSince = ContinuousClock.now - Self.heartbeat
        while !feed.isEnding, writer.timeLeft > .zero, writer.isLetIn() {
            let items = try await feed.next()
            if !items.isEmpty || quietSince.duration(to: .now) >= Self.heartbeat {
                try await writer.write(items.isEmpty ? Self.place(feed.cursor) : Self.text(of: items))
                quietSince = .now
            }
            await feed.wait(for: min(Self.heartbeat - quietSince.duration(to: .now), writer.timeLeft))
            try Task.checkCancellation()
        }
    }

    /// Where the reader is, without an event: one whose organization is quiet for longer than events are kept can go on
    /// from there.
    static func place(_ cursor: String) -> ByteBuffer { ByteBuffer(string: "id: \(cursor)\n\n") }

    /// JSON has no line ends of its own (`JSONOutput` escapes those within texts), so `data` is one line.
    static func text(of items: [EventFeed.Item]) -> ByteBuffer {
        var text = ByteBuffer()
        for item in items {
            var json = JSONOutput()
            item.event.write(to: &json)
            text.writeString("id: \(item.cursor)\nevent: \(item.event.kind.rawValue)\ndata: ")
            text.writeImmutableBuffer(json.buffer)
            text.writeString("\n\n")
        }
        return text
    }
}

extension StreamWriter {
    /// At most a year.
    fileprivate var timeLeft: Duration {
        let year = Duration.seconds(365 * 86_400)
        return end.map { min(year, ContinuousClock.now.duration(to: $0)) } ?? year
    }
}
