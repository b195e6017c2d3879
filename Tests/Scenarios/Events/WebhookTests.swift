import Crypto
import Foundation
import Synchronization
import TestSupport
import Testing

/// Events leave the host by themselves, signed (DESIGN.md §6, §8).
@Suite(.hosts(1)) struct WebhookTests {
    private static let key = "canary-webhook-0123456789-0123456789"

    @Test("every event arrives, signed and in order, over a kill -9 and a receiver that fails")
    func arriving() async throws {
        let failing = Mutex(false)
        let receiver = try RawServer { _ in RawServer.json("{}", status: failing.withLock { $0 } ? 503 : 200) }
        try await Scenario.run("webhook", environment: Self.settings(receiver)) { scenario in
            let child = try await scenario.host.start()
            try await scenario.makeToggles(20)
            try await eventually("twenty have come") { Self.ids(receiver).count == 20 }
            failing.withLock { $0 = true }
            try await scenario.makeToggles(20)
            child.kill(SIGKILL)
            try await child.waitForEnd()
            failing.withLock { $0 = false }
            let second = try await scenario.host.start()
            try await scenario.makeToggles(20)
            let events = try await scenario.eventIDs()
            try await eventually("all have come", within: .seconds(60)) { Self.ids(receiver).count == events.count }
            #expect(Self.ids(receiver) == events && events.count == 60)
            for request in receiver.requests { try Self.verify(request) }
            try await eventually("nothing was given up", every: .milliseconds(50)) {
                let health = try await scenario.host.probe.send("GET", scenario.host.url + "/api/v1/health")
                let parts = health.json["services"] as? [String: [String: Any]]
                return parts?["events"]?["status"] as? String == "healthy"
            }
            try await eventually("nothing is behind") { try await scenario.metric("token_manager_outbox_lag") == 0 }
            second.kill(SIGTERM)
            try await second.waitForEnd()
            #expect(second.exitCode == 0)
        }
    }

    @Test("an event that is refused is a dead letter: health and metrics tell, and the next one arrives")
    func refused() async throws {
        let first = Mutex(true)
        let receiver = try RawServer { request in
            // The host's own checkpoints come too, at any time.
            let isFirst =
                !request.body.contains("AUDIT_CHECKPOINT")
                && first.withLock { first in
                    defer { first = false }
                    return first
                }
            return RawServer.json("{}", status: isFirst ? 410 : 200)
        }
        try await Scenario.run("webhook-refused", environment: Self.settings(receiver)) { scenario in
            let child = try await scenario.host.start()
            try await scenario.makeToggles(2)
            try await eventually("the second has come") { Self.ids(receiver).count == 2 }
            try await eventually("health tells", every: .milliseconds(50)) {
                let health = try await scenario.host.health("degraded")
                let events = (health.json["services"] as? [String: [String: Any]])?["events"]
                let detail = events?["detail"] as? String ?? ""
                return events?["status"] as? String == "degraded" && detail.contains("1 events were given up")
            }
            #expect(try await scenario.metric("token_manager_outbox_dead_letters") == 1)
            let letters = try await scenario.host.command("webhooks", "list", "--format", "json")
            let id = try #require(letters.items.count == 1 ? letters.items[0]["id"] as? String : nil)
            #expect(letters.items[0]["failure"] as? String == "HTTP 410", "\(letters.output)")
            #expect(try await scenario.host.command("webhooks", "replay", "evt_none").code == 2)
            #expect(try await scenario.host.command("webhooks", "replay").code == 2)
            #expect(try await scenario.host.command("webhooks", "replay", id).code == 0)
            try await eventually("it has come again") {
                receiver.requests.filter { $0.header("webhook-id") == id }.count == 2
            }
            try await eventually("nothing is given up any more") {
                try await scenario.metric("token_manager_outbox_dead_letters") == 0
            }
            #expect(try HostFiles(folder: scenario.host.folder).audit("webhooks_replay").count == 2)
            child.kill(SIGTERM)
            try await child.waitForEnd()
            #expect(child.exitCode == 0)
        }
    }

    private static func settings(_ receiver: RawServer) throws -> [String: String] {
        try TestFolders.noteCanaries([key])
        let webhook = ["WEBHOOK_URL": "http://127.0.0.1:\(receiver.port)/hook", "WEBHOOK_SECRET": key]
        return TestHost.shortTiming.merging(webhook) { $1 }
    }

    /// Ids of the messages in the order in which they came first.
    private static func ids(_ receiver: RawServer) -> [String] {
        var seen: Set<String> = []
        // The host's own checkpoints of the audit go the same way, and belong to no organization.
        let requests = receiver.requests.filter { !$0.body.contains("AUDIT_CHECKPOINT") }
        return requests.compactMap { $0.header("webhook-id") }.filter { seen.insert($0).inserted }
    }

    private static func verify(_ request: RawServer.Request) throws {
        let id = try #require(request.header("webhook-id"))
        let time = try #require(request.header("webhook-timestamp"))
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(id).\(time).\(request.body)".utf8), using: SymmetricKey(data: Data(key.utf8)))
        #expect(request.header("webhook-signature") == "v1," + Data(code).base64EncodedString())
        #expect(abs(Date().timeIntervalSince1970 - (Double(time) ?? 0)) < 300)
        #expect(request.head.hasPrefix("POST /hook ") && request.header("content-type") == "application/json")
        let json = try JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any]
        let isOfHost = json?["eventType"] as? String == "AUDIT_CHECKPOINT"
        let payload = json?["payload"] as? [String: Any]
        #expect(json?["eventId"] as? String == id && (isOfHost || payload?["orgId"] != nil))
    }
}

extension Scenario {
    /// So many events of the sandbox, which is enabled before and, if the number is even, afterwards.
    func makeToggles(_ count: Int) async throws {
        for number in 1...count { try await toggle(enabled: number.isMultiple(of: 2)) }
    }
}
