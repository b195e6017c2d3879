import Foundation
import TestSupport
import Testing

/// What time and reports alone bring, at a real host: told once, also across a restart and when nobody reads (DESIGN.md §8).
@Suite(.hosts(1)) struct NoticeTests {
    @Test("a token that ends with nothing to present: TOKEN_EXPIRED once, though nobody reads and the host restarts")
    func expired() async throws {
        try await StepScenario.run("expired-told", { _ in "" }) { steps, child in
            steps.provider.set("/token", Self.answer(#""expires_in":1"#))
            let id = try await steps.connect().id
            try await steps.told("TOKEN_EXPIRED", of: id)
            #expect(try await steps.scenario.show(id)["status"] as? String == "expired")
            try await steps.scenario.host.stop(child)
            let next = try await steps.scenario.host.start()
            // What the scheduler tells after this one it would have told before, had it still been to tell.
            let other = try await steps.connect().id
            try await steps.told("TOKEN_EXPIRED", of: other)
            #expect(try await steps.events("TOKEN_EXPIRED", of: id).count == 1)
            #expect(try await steps.scenario.token(id).code == "expired")
            try await steps.scenario.host.stop(next)
        }
    }

    @Test("the end that an answer names: TOKEN_REAUTHORIZATION_DUE before it, TOKEN_EXPIRED and 409 expired after it")
    func refreshTokenEnds() async throws {
        try await StepScenario.run("due-told", { _ in "refresh: {rotation: static}" }) { steps, _ in
            let more = #""expires_in":8,"refresh_token":"canary-rt-1","refresh_expires_in":16"#
            steps.provider.set("/token", Self.answer(more))
            let id = try await steps.connect().id
            steps.provider.set("/token", "{}", status: 503)
            try await steps.told("TOKEN_REAUTHORIZATION_DUE", of: id)
            let due = try await steps.events("TOKEN_REAUTHORIZATION_DUE", of: id)
            #expect((due.first?["reason"] as? String)?.hasPrefix("ends: 20") == true)
            try await steps.told("TOKEN_EXPIRED", of: id)
            for _ in 0..<3 {
                #expect(try await steps.scenario.token(id).code == "expired")
                #expect(try await steps.scenario.refresh(id).code == "expired")
            }
            #expect(try await steps.events("TOKEN_REAUTHORIZATION_DUE", of: id).count == 1)
            #expect(try await steps.events("TOKEN_EXPIRED", of: id).count == 1)
        }
    }

    @Test(
        "absolute_lifetime: the warning comes before a grant's end that no answer names, once however often it refreshes"
    )
    func absoluteLifetime() async throws {
        let keys = "refresh: {rotation: static, absolute_lifetime: 20s}"
        try await StepScenario.run("absolute-told", { _ in keys }) { steps, _ in
            steps.provider.set("/token", Self.answer(#""expires_in":3600,"refresh_token":"canary-rt-1""#))
            let id = try await steps.connect().id
            #expect(try await steps.scenario.refresh(id, ["force": true]).generation == 2)
            try await steps.told("TOKEN_REAUTHORIZATION_DUE", of: id)
            #expect(try await steps.scenario.refresh(id, ["force": true]).generation == 3)
            #expect(try await steps.scenario.refresh(id, ["force": true]).generation == 4)
            steps.provider.set("/token", Self.answer(#""expires_in":3600,"refresh_token":"canary-long-token-1""#))
            let other = try await steps.connect().id
            try await steps.told("TOKEN_REAUTHORIZATION_DUE", of: other)
            #expect(try await steps.events("TOKEN_REAUTHORIZATION_DUE", of: id).count == 1)
        }
    }

    @Test("an unknown lifetime is warned of, and ends with a report; `never` is neither, and a report is only told")
    func lifetimes() async throws {
        try await StepScenario.run("unknown-lifetime", { _ in "" }) { steps, _ in
            steps.provider.set("/token", Self.answer(#""token_type":"Bearer""#))
            let id = try await steps.connect().id
            #expect(try await steps.scenario.token(id).warnings == ["unknown_lifetime"])
            let reported = try await steps.scenario.refresh(id, ["observed_generation": 1])
            #expect(reported.status == 409 && reported.code == "expired", "\(reported.text)")
            #expect(try await steps.scenario.token(id).code == "expired")
            #expect(try await steps.scenario.show(id)["status"] as? String == "expired")
            #expect(try await steps.events("TOKEN_EXPIRED", of: id).count == 1)
        }
        try await StepScenario.run("endless-lifetime", { _ in "response: {expiry: {never: true}}" }) { steps, _ in
            steps.provider.set("/token", Self.answer(#""token_type":"Bearer""#))
            let id = try await steps.connect().id
            #expect(try await steps.scenario.token(id).warnings == [])
            #expect(try await steps.scenario.refresh(id, ["observed_generation": 1]).outcome == "current")
            #expect(try await steps.scenario.token(id).warnings == ["refresh_failing"])
            let failed = try await steps.events("TOKEN_REFRESH_FAILED", of: id)
            #expect(failed.map { $0["reason"] as? String } == ["nothing_to_present"])
        }
    }

    @Test("a token of unknown lifetime that was reported is not served again before another one is there")
    func reported() async throws {
        // With a refresh token an hour would be taken for granted.
        let keys = "grants: [authorization_code, client_credentials]"
        try await StepScenario.run("unknown-reported", { _ in keys }) { steps, child in
            let token = Self.answer(#""token_type":"Bearer""#)
            steps.provider.set("/token", token)
            let made = try await steps.scenario.command(
                "POST", "/connectors/acme/connections", ["grant": "client_credentials"])
            let id = try #require(made.json["id"] as? String, "\(made.text)")
            #expect(try await steps.scenario.token(id).warnings == ["unknown_lifetime"])
            steps.provider.set("/token", "{}", status: 500)
            let reported = try await steps.scenario.refresh(id, ["observed_generation": 1])
            #expect(reported.code == "provider_unavailable", "\(reported.text)")
            let read = try await steps.scenario.token(id)
            #expect(read.code == "provider_unavailable" && read.header("Retry-After") != nil, "\(read.text)")
            try await steps.scenario.host.stop(child)
            let next = try await steps.scenario.host.start()
            #expect(try await steps.scenario.token(id).code == "provider_unavailable")
            steps.provider.set("/token", token)
            try await eventually("another token is served", within: .seconds(60), every: .milliseconds(50)) {
                try await steps.scenario.token(id).generation == 2
            }
            try await steps.scenario.host.stop(next)
        }
    }

    @Test("after a 424 a read has a warning, of the client's other connections too, until a refresh succeeds")
    func failing() async throws {
        try await StepScenario.run("warned", { _ in "refresh: {rotation: static}" }) { steps, _ in
            let tokens = ["canary-rt-1", "canary-long-token-1"].map {
                Self.answer(#""expires_in":3600,"refresh_token":"\#($0)""#)
            }
            steps.provider.set("/token", tokens[0])
            let one = try await steps.connect().id
            steps.provider.set("/token", tokens[1])
            let two = try await steps.connect().id
            steps.provider.set("/token", #"{"error":"invalid_client"}"#, status: 401)
            #expect(try await steps.scenario.refresh(one, ["force": true]).code == "client_misconfigured")
            for id in [one, two] { #expect(try await steps.scenario.token(id).warnings == ["refresh_failing"]) }
            let failed = try await steps.events("TOKEN_REFRESH_FAILED", of: one)
            #expect(failed.map { $0["reason"] as? String } == ["invalid_client"])
            #expect(try await steps.events("TOKEN_REFRESH_FAILED", of: two).isEmpty, "nothing was presented for it")
            steps.provider.set("/token", tokens[0])
            // A changed configuration closes the breaker.
            let put = try await steps.scenario.command("PUT", "/connectors/acme/config", ["client_id": "client-1"])
            #expect(put.status == 200, "\(put.text)")
            #expect(try await steps.scenario.token(one).warnings == ["refresh_failing"])
            #expect(try await steps.scenario.refresh(one, ["force": true]).warnings == [])
            for id in [one, two] { #expect(try await steps.scenario.token(id).warnings == []) }
        }
    }

    @Test("a limit of the definition's own that is used up is warned of as well")
    func limited() async throws {
        let keys = "refresh: {rotation: static, rate_limit: 1/1h}"
        try await StepScenario.run("limited", { _ in keys }) { steps, _ in
            steps.provider.set("/token", Self.answer(#""expires_in":3600,"refresh_token":"canary-rt-1""#))
            let id = try await steps.connect().id
            #expect(try await steps.scenario.refresh(id, ["force": true]).generation == 2)
            #expect(try await steps.scenario.token(id).warnings == [])
            #expect(try await steps.scenario.refresh(id, ["force": true]).code == "provider_rate_limited")
            #expect(try await steps.scenario.token(id).warnings == ["refresh_failing"])
        }
    }

    @Test("a refresh that grants less is told once; a failed exchange shows on its pending connection")
    func scopesAndFailures() async throws {
        let keys = "refresh: {rotation: static}"
        try await StepScenario.run("reduced", { _ in keys }) { steps, _ in
            let token = #""expires_in":3600,"refresh_token":"canary-rt-1""#
            steps.provider.set("/token", Self.answer(token + #","scope":"read write""#))
            let (state, id, _, _) = try await steps.authorize(["scopes": ["read", "write"]])
            #expect(try await steps.exchange(state).status == 201)
            #expect(try await steps.events("SCOPES_REDUCED", of: id).isEmpty)
            steps.provider.set("/token", Self.answer(token + #","scope":"read""#))
            for _ in 0..<2 { #expect(try await steps.scenario.refresh(id, ["force": true]).status == 200) }
            let reduced = try await steps.events("SCOPES_REDUCED", of: id)
            #expect(reduced.map { $0["reason"] as? String } == ["missing: write"])
            #expect(reduced.map { $0["generation"] as? Int } == [2])
            let (less, other, _, _) = try await steps.authorize(["scopes": ["read", "write"]])
            steps.provider.set("/token", Self.answer(#""expires_in":3600,"scope":"read""#))
            #expect(try await steps.exchange(less).status == 201)
            let told = try await steps.events("TOKEN_CREATED,SCOPES_REDUCED", of: other)
            #expect(told.map { $0["eventType"] as? String } == ["TOKEN_CREATED", "SCOPES_REDUCED"])

            steps.provider.set("/token", #"{"error":"invalid_grant"}"#, status: 400)
            let failed = try await steps.connect()
            #expect(failed.answer.code == "provider_error")
            #expect(try await steps.scenario.show(failed.id)["status"] as? String == "pending")
            #expect(try await steps.lastError(failed.id) == "provider_error")
        }
    }

    private static func answer(_ more: String) -> String {
        #"{"access_token":"\#(StepProvider.accessToken)",\#(more)}"#
    }
}

extension StepScenario {
    fileprivate func events(_ kind: String, of id: String) async throws -> [[String: Any]] {
        let page = try await scenario.host.call(
            "GET", "/api/v1/events?types=\(kind)", token: scenario.callers.service("events:read"))
        let events = page.json["events"] as? [[String: Any]] ?? []
        return events.filter { $0["connectionId"] as? String == id }
    }

    /// Waits for the first event of that kind.
    fileprivate func told(_ kind: String, of id: String) async throws {
        try await eventually("\(kind) of \(id)", within: .seconds(40), every: .milliseconds(100)) {
            try await !events(kind, of: id).isEmpty
        }
    }
}
