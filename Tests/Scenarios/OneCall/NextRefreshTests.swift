import Foundation
import TestSupport
import Testing

/// `next_refresh_at` is when the scheduler tries next, whatever state the connection is in.
@Suite(.hosts(1)) struct NextRefreshTests {
    @Test("next_refresh_at: when it is due, the next try while it is degraded, the breaker's end, null while disabled")
    func nextRefresh() async throws {
        try await StepScenario.run("next-refresh", { _ in "refresh: {rotation: static}" }) { steps, _ in
            let tokens = ["canary-rt-1", "canary-long-token-1"].map {
                #"{"access_token":"\#(StepProvider.accessToken)","expires_in":3600,"refresh_token":"\#($0)"}"#
            }
            steps.provider.set("/token", tokens[0])
            let one = try await steps.connect().id
            steps.provider.set("/token", tokens[1])
            let two = try await steps.connect().id
            #expect(try await next(one, steps) > 900, "some minutes before the token ends")
            steps.provider.set("/token", "{}", status: 503)
            _ = try await steps.scenario.refresh(one, ["force": true])
            #expect(try await steps.scenario.show(one)["status"] as? String == "degraded")
            #expect(try await next(one, steps) < 40, "not when the token is due")
            steps.provider.set("/token", #"{"error":"invalid_client"}"#, status: 401)
            #expect(try await steps.scenario.refresh(two, ["force": true]).code == "client_misconfigured")
            try await eventually("the client's breaker is open for a minute", within: TestStore.hearing) {
                (40...61).contains(try await next(one, steps))
            }
            #expect(try await next(two, steps) > 900, "that is later anyway")
            #expect(try await steps.scenario.command("POST", "/connectors/acme/disable").status == 200)
            for id in [one, two] { #expect(try await steps.scenario.show(id)["next_refresh_at"] is NSNull) }
        }
    }

    /// In how many seconds that is.
    private func next(_ id: String, _ steps: StepScenario) async throws -> TimeInterval {
        let text = try #require(try await steps.scenario.show(id)["next_refresh_at"] as? String)
        return try Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)).timeIntervalSinceNow
    }
}
