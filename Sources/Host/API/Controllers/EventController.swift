import Model
import Pipeline

/// `/api/v1/events` as JSON pages; poll with `next`.
struct EventController: Sendable {
    let pipeline: TokenPipeline

    @Sendable func page(_ call: Call, by caller: Caller) async throws -> Answer {
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
}
