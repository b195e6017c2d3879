import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// Cursors are opaque, and good in their own list only (DESIGN.md §7).
@Suite(.hosts(1)) struct CursorTests {
    @Test("a cursor is good in its own list, connection and organization, and nowhere else")
    func lists() async throws {
        let client = SimulatedClient(id: "sandbox-client", rotation: .static)
        try await Scenario.serving("cursors", client: client, settings: ["rotation": "static"]) { scenario, _ in
            let (one, two) = (try await scenario.connect(), try await scenario.connect())
            for id in [one, two] {
                for _ in 0..<2 { #expect(try await scenario.refresh(id, ["force": true]).status == 200) }
            }
            let first = try await scenario.command("GET", "/connections?limit=1")
            let cursor = try #require(first.json["next_cursor"] as? String)
            let second = try await scenario.command("GET", "/connections?limit=1&cursor=\(cursor)")
            #expect(Set(ids(first) + ids(second)) == [one, two])
            let newest = try await scenario.command("GET", "/connections/\(one)/timeline?limit=1")
            let older = try #require(newest.json["next_cursor"] as? String)
            let rest = try await scenario.command("GET", "/connections/\(one)/timeline?cursor=\(older)")
            #expect(ids(rest, "attempt").count >= 1 && !ids(rest, "attempt").contains(ids(newest, "attempt")[0]))
            let place = try #require(try await scenario.page().next)
            let connectors = ids(try await scenario.command("GET", "/connectors"))
            let some = try await scenario.command("GET", "/connectors?limit=2")
            let more = try #require(some.json["next_cursor"] as? String)
            let others = try await scenario.command("GET", "/connectors?cursor=\(more)")
            #expect(ids(some).count == 2 && ids(some) + ids(others) == connectors)
            #expect(others.json["next_cursor"] is NSNull)
            try await refused("/connectors?cursor=\(cursor)", scenario, "cursor")
            let other = scenario.inOrganization("org-2")
            try await refused("/connections?cursor=\(cursor)", other, "cursor")
            try await refused("/connections?cursor=\(older)", scenario, "cursor")
            try await refused("/connections/\(two)/timeline?cursor=\(older)", scenario, "cursor")
            try await refused("/events?after=\(place)", other, "after")
            try await refused("/events?after=\(cursor)", scenario, "after")
            try await refused("/events?after=\(older)", scenario, "after")
            try await refused("/events?after=e1", scenario, "after")
            #expect(try await scenario.page(after: place).ids.isEmpty, "and where it belongs it is good")
        }
    }

    @Test("a cursor of a filtered list is good with its filters alone, whatever the limit")
    func filters() async throws {
        let client = SimulatedClient(id: "sandbox-client", rotation: .static)
        try await Scenario.serving("cursor-filters", client: client, settings: ["rotation": "static"]) { scenario, _ in
            let all = Set([try await scenario.connect(), try await scenario.connect()])
            let filters = "connector=sandbox&status=active&owner=organization"
            let owned = try await scenario.command("GET", "/connections?limit=1")
            let plain = try #require(owned.json["next_cursor"] as? String)
            let first = try await scenario.command("GET", "/connections?limit=1&connector=sandbox&status=active")
            let cursor = try #require(first.json["next_cursor"] as? String)
            let rest = try await scenario.command(
                "GET", "/connections?limit=7&status=active&connector=sandbox&cursor=\(cursor)")
            #expect(Set(ids(first) + ids(rest)) == all)
            for other in ["", "&connector=sandbox", "&connector=sandbox&status=degraded", "&\(filters)"] {
                try await refused("/connections?cursor=\(cursor)\(other)", scenario, "cursor")
            }
            try await refused("/connections?status=active&cursor=\(plain)", scenario, "cursor")
            let remedy = try await scenario.command("GET", "/connections?cursor=\(cursor)")
            #expect(remedy.text.contains("begin without it"), "\(remedy.text)")
        }
    }

    @Test("a cursor behind what is kept is gone, for pages and before a stream begins")
    func gone() async throws {
        try await Scenario.run("cursor-gone") { scenario in
            let child = try await scenario.host.start()
            try await scenario.toggle(enabled: false)
            let early = try #require(try await scenario.page().next)
            for isEnabled in [true, false, true] { try await scenario.toggle(enabled: isEnabled) }
            let late = try #require(try await scenario.page().next)
            child.kill(SIGTERM)
            try await child.waitForEnd()
            try HostFiles(folder: scenario.host.folder).change(
                "DELETE FROM event WHERE sequence < (SELECT max(sequence) FROM event)")
            let again = try await scenario.host.start()
            let token = scenario.callers.service("events:read")
            let page = try await scenario.host.call("GET", "/api/v1/events?after=\(early)", token: token)
            #expect(page.status == 410 && page.code == "cursor_gone")
            let reader = EventReader(scenario.host.url + "/api/v1/events?after=\(early)", token: token)
            guard case .refused(let answer) = await reader.once() else {
                Issue.record("a stream began after events that are gone")
                return
            }
            #expect(answer.status == 410 && answer.code == "cursor_gone")
            #expect(try await scenario.page(after: late).ids.isEmpty, "nothing was lost after this one")
            try await scenario.toggle(enabled: false)
            let new = try await scenario.page(after: late).ids
            #expect(new.count == 1)
            #expect(try await scenario.page().ids.last == new.first)
            again.kill(SIGTERM)
            try await again.waitForEnd()
        }
    }

    private func ids(_ answer: HTTPProbe.Answer, _ name: String = "id") -> [String] {
        (answer.json["items"] as? [[String: Any]] ?? []).compactMap { $0[name] as? String }
    }

    private func refused(_ path: String, _ scenario: Scenario, _ parameter: String) async throws {
        let answer = try await scenario.host.call("GET", "/api/v1" + path, token: scenario.callers.everything)
        #expect(answer.status == 422 && answer.code == "invalid_input", "\(path)")
        #expect(answer.text.contains("\"\(parameter)\""), "\(answer.text)")
    }
}
