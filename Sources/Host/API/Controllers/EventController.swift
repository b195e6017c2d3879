import HTTPTypes
import Model
import Pipeline

/// `/api/v1/events`: as JSON pages, to be polled with `next`, or as a stream.
struct EventController: Sendable {
    let pipeline: TokenPipeline

    @Sendable func read(_ call: Call, by caller: Caller) async throws -> Answer {
        Self.asksForStream(call.headers[values: .accept])
            ? try await stream(call, by: caller) : try await page(call, by: caller)
    }

    private func page(_ call: Call, by caller: Caller) async throws -> Answer {
        let query = try call.query("after", "types", "limit")
        let page = try await pipeline.events(
            after: query.text("after", longest: 1024), types: query.words("types", as: EventRecord.Kind.self),
            limit: query.integer("limit", in: 1...200, default: 100), by: caller)
        return .json { json in
            json.object {
                $0.member("events", each: page.events) { $1.write(to: &$0) }
                $0.member("next", page.next)
            }
        }
    }

    private func stream(_ call: Call, by caller: Caller) async throws -> Answer {
        let query = try call.query("after", "types")
        // A browser that comes again asks the address it began with: what it says in the header is newer.
        let last = try Self.lastEventID(call.headers[values: .lastEventID])
        let feed = try await pipeline.feed(
            after: try last ?? query.text("after", longest: 1024), from: last == nil ? "after" : "Last-Event-ID",
            types: query.words("types", as: EventRecord.Kind.self), by: caller)
        var answer = Answer.stream(type: "text/event-stream") { try await EventStream(feed).write(to: &$0) }
        // For proxies that would rather collect a whole answer.
        answer.headers[.accelBuffering] = "no"
        return answer
    }

    /// The first of the two types that is named decides; none is JSON.
    static func asksForStream(_ accept: [String]) -> Bool {
        let types = accept.flatMap { $0.split(separator: ",") }.map { range in
            range.prefix { $0 != ";" }.trimmingPrefix { $0 == " " }.lowercased().split(separator: " ").first ?? ""
        }
        return types.first { ["text/event-stream", "application/json"].contains($0) } == "text/event-stream"
    }

    private static func lastEventID(_ values: [String]) throws(PipelineError) -> String? {
        guard let value = values.first, !value.isEmpty else { return nil }
        guard values.count == 1, Shapes.isVisible(value, longest: 1024) else {
            throw .invalid("Last-Event-ID", "is not one of ours")
        }
        return value
    }
}
