import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// How a device authorization ends that is not the only one of its connection (docs/decisions/0031).
@Suite(.hosts(1)) struct DeviceEndTests {
    @Test("denied beside an open authorization in the browser: told at once, and over with the last of the two")
    func besideBrowser() async throws {
        try await Scenario.serving("device-browser") { scenario, _ in
            let (codes, journey) = try await Self.deniedBesideBrowser(scenario)
            let (page, cookie) = try await journey.ticket()
            _ = try await journey.callback(try await journey.consent(page, "deny"), cookie)
            try await DeviceTests.ends(codes, "access_denied", scenario)
            let (other, second) = try await Self.deniedBesideBrowser(scenario)
            #expect(try await second.exchange().status == 201, "the other one brings its grant all the same")
            let shown = try await scenario.show(other.id)
            #expect(shown["status"] as? String == "active" && (shown["status_reason"] as? String) == nil, "\(shown)")
            #expect(try await DeviceTests.endings(other, scenario).isEmpty)
        }
    }

    @Test("denied beside an authorization from which nobody comes back: over when that expires, also after a restart")
    func besideNobody() async throws {
        try await Scenario.run("device-nobody") { scenario in
            let first = try await scenario.host.start()
            try await scenario.configure()
            let (codes, _) = try await Self.deniedBesideBrowser(scenario)
            try await scenario.host.stop(first)
            let files = HostFiles(folder: scenario.host.folder)
            try files.change("UPDATE flow SET expires_at = created_at + 1 WHERE result IS NULL")
            try files.change("UPDATE connection SET step_at = created_at")
            let second = try await scenario.host.start()
            try await DeviceTests.ends(codes, "access_denied", scenario)
            try await scenario.host.stop(second)
        }
    }

    @Test("denied where it was to renew: the grant of before goes on, and the denial is told")
    func deniedRenewal() async throws {
        try await Scenario.serving("device-renewal-denied") { scenario, _ in
            let id = try await scenario.connected()
            let codes = try await DeviceTests.start(scenario, ["connection": id])
            try await DeviceTests.decide(codes, "deny", scenario)
            try await Self.isTold(codes, scenario)
            #expect(try await scenario.show(id)["status"] as? String == "active")
            #expect(try await DeviceTests.endings(codes, scenario).isEmpty)
            #expect(try await scenario.refresh(id, ["observed_generation": 1]).generation == 2)
        }
    }

    @Test("ended while the provider is asked for codes: nothing is begun for it") func endedMeanwhile() async throws {
        try await Scenario.serving("device-ended-meanwhile") { scenario, _ in
            for (method, path, code) in [("POST", "/revoke", "revoked"), ("DELETE", "", "not_found")] {
                let id = try await scenario.connected()
                scenario.provider.hold(GateRule(operation: .deviceAuthorization))
                async let begun = scenario.command(
                    "POST", "/connectors/sandbox/connections", ["grant": "device_code", "connection": id])
                #expect(await scenario.provider.whenWaiting() == 1)
                #expect(try await scenario.command(method, "/connections/\(id)\(path)").status == 202)
                scenario.provider.release()
                let answer = try await begun
                #expect(answer.code == code, "\(answer.text)")
                #expect(try HostFiles(folder: scenario.host.folder).openFlows(of: id) == 0)
            }
        }
    }

    // MARK: Helpers

    /// A device authorization that a person has denied while another of its connection is open in a browser.
    private static func deniedBesideBrowser(_ scenario: Scenario) async throws -> (DeviceTests.Codes, Journey) {
        let codes = try await DeviceTests.start(scenario)
        let journey = try await Journey.start(scenario, ["connection": codes.id])
        try await DeviceTests.decide(codes, "deny", scenario)
        try await eventually("the denial shows", every: .milliseconds(50)) {
            try await scenario.show(codes.id)["status_reason"] as? String == "access_denied"
        }
        let shown = try await scenario.show(codes.id)
        #expect(shown["status"] as? String == "pending", "the other one is outstanding")
        #expect((shown["last_error"] as? [String: Any])?["code"] as? String == "access_denied")
        try await isTold(codes, scenario)
        #expect(try await DeviceTests.endings(codes, scenario).isEmpty, "nobody is told that all is over")
        return (codes, journey)
    }

    /// Waits for the event of a denial that is not the end of its connection, and looks at the timeline.
    private static func isTold(_ codes: DeviceTests.Codes, _ scenario: Scenario) async throws {
        try await eventually("an event tells of it", every: .milliseconds(50)) {
            try await DeviceTests.endings(codes, scenario, "CONNECTOR_WARNING") == ["device_code: access_denied"]
        }
        let timeline = try await scenario.command("GET", "/connections/\(codes.id)/timeline")
        let item = try #require((timeline.json["items"] as? [[String: Any]])?.first, "\(timeline.text)")
        #expect(item["purpose"] as? String == "exchange" && item["state"] as? String == "rejected")
        #expect(item["outcome"] as? String == "access_denied")
        #expect((item["caller"] as? String)?.hasPrefix("user:") == true)
        #expect(item["claimed_at"] is String && item["sent_at"] is String && item["closed_at"] is String)
    }
}
