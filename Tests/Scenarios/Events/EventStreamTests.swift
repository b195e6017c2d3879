import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// Events leave the host as a stream (DESIGN.md §7): each once, in order, whatever happens in between.
@Suite(.hosts(1)) struct EventStreamTests {
    @Test("a hundred readers have the same events as the pages, over a kill -9 and a stop in good order")
    func resume() async throws {
        let client = SimulatedClient(id: "sandbox-client", rotation: .static)
        try await Scenario.run("event-stream") { scenario in
            let child = try await scenario.host.start()
            scenario.provider.register(client)
            try await scenario.configure(class: ["rotation": "static"])
            let id = try await scenario.connect()
            let token = scenario.callers.service("events:read")
            let readers = (0..<100).map { _ in EventReader(scenario.host.url + "/api/v1/events", token: token) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for reader in readers { group.addTask { await reader.follow() } }
                try await scenario.makeEvents(100, refreshing: id)
                try await eventually("every reader has begun") { readers.allSatisfy { !$0.events.isEmpty } }
                child.kill(SIGKILL)
                try await child.waitForEnd()
                let second = try await scenario.host.start()
                try await scenario.makeEvents(100, refreshing: id)
                try await scenario.expectAll(readers, have: 220)
                second.kill(SIGTERM)
                try await second.waitForEnd()
                #expect(second.exitCode == 0, "readers do not hold up the end")
                let third = try await scenario.host.start()
                try await scenario.makeEvents(20, refreshing: id)
                try await scenario.expectAll(readers, have: 240)
                group.cancelAll()
                third.kill(SIGTERM)
                try await third.waitForEnd()
            }
            for reader in readers { #expect(reader.heads.count >= 3, "it came again after each end") }
        }
    }

    @Test("types, another organization, a cursor from a page, and the headers")
    func choosing() async throws {
        try await Scenario.serving("event-choice") { scenario, _ in
            let other = scenario.inOrganization("org-2")
            for own in [true, false] { try await scenario.toggle(enabled: own) }
            let cursor = try #require(try await scenario.page().next)
            for own in [true, false] {
                try await other.toggle(enabled: own)
                try await scenario.toggle(enabled: own)
            }
            let disabled = EventReader(
                scenario.host.url + "/api/v1/events?types=appDisabled&after=\(cursor)",
                token: scenario.callers.service("events:read"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await disabled.follow() }
                try await eventually("the event after the cursor") { !disabled.events.isEmpty }
                try await scenario.toggle(enabled: true)
                try await scenario.toggle(enabled: false)
                try await eventually("the event of now") { disabled.events.count == 2 }
                group.cancelAll()
            }
            #expect(disabled.events.map(\.type) == ["appDisabled", "appDisabled"])
            #expect(Set(disabled.events.map { $0.text("eventType") }) == ["appDisabled"])
            let head = try #require(disabled.heads.first)
            #expect(head["content-type"] == "text/event-stream" && head["cache-control"] == "no-store")
            #expect(head["x-accel-buffering"] == "no" && head["transfer-encoding"] == "chunked")
            #expect(head["x-request-id"] != nil)
            let foreign = EventReader(
                scenario.host.url + "/api/v1/events?after=\(cursor)", token: other.callers.service("events:read"))
            guard case .refused(let answer) = await foreign.once() else {
                Issue.record("another organization's cursor was taken")
                return
            }
            #expect(answer.status == 422 && answer.code == "invalid_input")
        }
    }

    @Test("the stream does not outlive its caller's token, and is logged and counted when it ends")
    func expiry() async throws {
        let timing = TestHost.shortTiming.merging(["JWT_LEEWAY": "0s"]) { $1 }
        try await Scenario.serving("event-expiry", timing: timing) { scenario, child in
            try await scenario.toggle(enabled: true)
            try await scenario.toggle(enabled: false)
            let reader = EventReader(
                scenario.host.url + "/api/v1/events", token: scenario.callers.service("events:read", lifetime: 8))
            guard case .finished = await reader.once() else {
                Issue.record("the stream did not end in good order")
                return
            }
            #expect(reader.events.map(\.type) == ["appDisabled"], "what there was has come")
            guard case .refused(let answer) = await reader.once() else {
                Issue.record("an expired token was taken")
                return
            }
            #expect(answer.status == 401)
            try await eventually("it is logged and counted") {
                let log = try String(contentsOf: child.log, encoding: .utf8).split(separator: "\n")
                let isLogged = log.contains {
                    $0.contains(#""route":"/api/v1/events""#) && $0.contains(#""status":200"#)
                }
                let count = try await scenario.metric(Self.counted)
                return isLogged && count == 1
            }
        }
    }

    @Test("a reader who takes nothing harms neither the others nor the end of the host")
    func stuck() async throws {
        try await Scenario.run("event-stuck") { scenario in
            let child = try await scenario.host.start()
            child.kill(SIGTERM)
            try await child.waitForEnd()
            // More than fits between two sockets.
            try HostFiles(folder: scenario.host.folder).change(
                """
                WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 20000)
                INSERT INTO event (id, kind, organization, connector, epoch, reason, at)
                SELECT 'made-' || n, 'CONNECTOR_WARNING', 'org-1', 'sandbox', 1, printf('%.400c', 'x'),
                unixepoch() * 1000 FROM number
                """)
            let second = try await scenario.host.start()
            let token = scenario.callers.service("events:read")
            let stuck = try StuckReader(port: scenario.host.port, token: token)
            let reader = EventReader(scenario.host.url + "/api/v1/events", token: token)
            let reading = Task { await reader.once() }
            try await eventually("the other reader has all", within: .seconds(90), every: .milliseconds(200)) {
                reader.events.count >= 20_000
            }
            try await scenario.toggle(enabled: false)
            try await eventually("and what comes now") { reader.events.count == 20_001 }
            #expect(reader.events.prefix(20_000).map { $0.text("eventId") } == (1...20_000).map { "made-\($0)" })
            second.kill(SIGTERM)
            try await second.waitForEnd()
            #expect(second.exitCode == 0)
            guard case .finished = await reading.value else {
                Issue.record("who reads is told that the stream has ended")
                return
            }
            withExtendedLifetime(stuck) {}
        }
    }

    private static let counted =
        #"token_manager_http_requests_total{route="/api/v1/events",method="GET",status="200"}"#
}

extension Scenario {
    /// Switches the sandbox; an event, if it was not so before.
    func toggle(enabled: Bool) async throws {
        let answer = try await command("POST", "/connectors/sandbox/\(enabled ? "enable" : "disable")")
        guard answer.status == 200 else { throw Failure("toggle: \(answer.status) \(answer.text)") }
    }

    /// So many events of the connector, and one of a refresh after every tenth. Leaves it enabled.
    func makeEvents(_ count: Int, refreshing id: String) async throws {
        for number in 1...count {
            try await toggle(enabled: number.isMultiple(of: 2))
            if number.isMultiple(of: 10) {
                let answer = try await refresh(id, ["force": true])
                guard answer.outcome == "refreshed" else { throw Failure("refresh: \(answer.text)") }
            }
        }
    }

    /// A page of events.
    func page(after cursor: String? = nil) async throws -> (ids: [String], next: String?) {
        let path = "/api/v1/events" + (cursor.map { "?after=\($0)" } ?? "")
        let json = try await host.call("GET", path, token: callers.service("events:read")).json
        let events = json["events"] as? [[String: Any]] ?? []
        return (events.compactMap { $0["eventId"] as? String }, json["next"] as? String)
    }

    /// All events, by pages.
    func eventIDs() async throws -> [String] {
        var (ids, cursor) = ([String](), String?.none)
        while true {
            let page = try await page(after: cursor)
            if page.ids.isEmpty { return ids }
            ids += page.ids
            cursor = page.next
        }
    }

    /// Waits until all readers have what the pages give, no less than that many, and compares them.
    func expectAll(_ readers: [EventReader], have count: Int) async throws {
        let ids = try await eventIDs()
        #expect(ids.count >= count && Set(ids).count == ids.count)
        try await eventually("all readers have \(ids.count) events", within: .seconds(60), every: .milliseconds(50)) {
            readers.allSatisfy { $0.events.count >= ids.count }
        }
        for reader in readers { #expect(reader.events.map { $0.text("eventId") } == ids) }
    }
}
