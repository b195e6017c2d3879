import Foundation
import ProviderSimulator
import TestSupport
import Testing

/// Where a browser may end, and what pages show.
@Suite(.serialized) struct RedirectTests {
    private static let allowed = "https://app.example/done"
    /// What has been tried elsewhere to get a browser somewhere else.
    private static let payloads = [
        "https://evil.example/", "http://app.example/done", "https://app.example/done/", "https://app.example/Done",
        "https://app.example/done?x=1", "https://app.example/done#x", "https://app.example/done ",
        " https://app.example/done",
        "https://app.example:443/done", "https://app.example:8443/done", "https://app.example@evil.example/done",
        "https://app.example%40evil.example/done", "https://evil.example/https://app.example/done",
        "https://app.example.evil.example/done", "https://evilapp.example/done", "https://APP.example/done",
        "https://app.example/../done", "https://app.example/./done", "https://app.example//done",
        "https://app.example/done/..", "https://app.example\\@evil.example/done", "https://app.example/done%00",
        "//app.example/done", "//evil.example", "/done", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
        "data:text/html,x", "https:app.example/done", "https:///app.example/done", "https://app。example/done",
        "https://app.example/done\u{202e}", "https://xn--app-.example/done", "https://[::1]/done",
        "https://app.example/done;@evil.example", "https://evil.example?https://app.example/done",
        "https://evil.example#https://app.example/done", "file:///etc/passwd", "",
    ]

    @Test("SECURITY 10: after the callback the browser goes to an exact entry of the list, and nowhere else")
    func returnTo() async throws {
        #expect(Self.payloads.count >= 30)
        let settings = TestHost.shortTiming.merging(["RETURN_URLS": Self.allowed]) { $1 }
        try await Scenario.run("return-to", environment: settings) { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            for payload in Self.payloads {
                let answer = try await scenario.host.call(
                    "POST", "/api/v1/connectors/sandbox/authorize", token: scenario.callers.user(),
                    json: ["return_to": payload])
                #expect(answer.status == 422, "\(payload)")
            }
            let browser = Browser(host: scenario.host, callers: scenario.callers)
            let start = try await browser.authorize("sandbox", ["return_to": Self.allowed])
            let visit = try await browser.open(start)
            let end = try await browser.callback(try await browser.consent(visit.location), cookie: visit.cookie)
            #expect(end.status == 302)
            let location = end.header("Location") ?? ""
            #expect(location.hasPrefix(Self.allowed + "?"))
            #expect(Set(browser.query(location).keys) == ["connection_id", "status"])
            try await scenario.host.stop(child)
        }
    }

    @Test("SECURITY 11: pages about errors and unknown states leak nothing and repeat nothing")
    func pages() async throws {
        let host = try TestHost("pages")
        let child = try await host.start()
        let marks = [
            "m4rker", "<script>alert(1)</script>", "%3Cscript%3E", "\"onload=", "'\";--", "{{7*7}}", "%0d%0aX-Evil:1",
        ]
        for mark in marks {
            let encoded =
                mark.contains("%") ? mark : mark.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let paths = [
                "/oauth/callback?state=\(encoded)&code=\(encoded)",
                "/oauth/callback?error=\(encoded)&error_description=\(encoded)",
                "/oauth/callback?\(encoded)=\(encoded)&state=x&state=y", "/oauth/start/\(encoded)", "/oauth/callback",
            ]
            for path in paths {
                let answer = try await host.probe.send("GET", host.url + path)
                #expect((400..<500).contains(answer.status), "\(path)")
                #expect(answer.header("Content-Type")?.hasPrefix("text/html") == true)
                #expect(answer.header("X-Evil") == nil)
                for text in [mark, mark.removingPercentEncoding ?? mark] {
                    #expect(!answer.text.contains(text), "\(path) repeats what it was given")
                }
                for word in ["/home", "Sources", "swift", "SQLite", "sqlite", "Error("] {
                    #expect(!answer.text.contains(word), "\(path) shows \(word)")
                }
                #expect(answer.header("Referrer-Policy") == "no-referrer", "the query must not travel on")
                #expect(answer.header("Content-Security-Policy") != nil)
            }
        }
        try await host.stop(child)
    }

    @Test("SECURITY 12: no code and no token in an address of ours, a log line, the metrics or an event")
    func nothingInAddresses() async throws {
        let settings = TestHost.shortTiming.merging(["RETURN_URLS": Self.allowed]) { $1 }
        try await Scenario.run("addresses", environment: settings) { scenario in
            let child = try await scenario.host.start()
            try await scenario.configure()
            let browser = Browser(host: scenario.host, callers: scenario.callers)
            let start = try await browser.authorize("sandbox", ["return_to": Self.allowed])
            let visit = try await browser.open(start)
            let callback = try await browser.consent(visit.location)
            let end = try await browser.callback(callback, cookie: visit.cookie)
            let token = try await scenario.token(start.connection).json["access_token"] as? String ?? ""
            let code = browser.query(callback)["code"] ?? ""
            let refreshed = try await scenario.refresh(start.connection, ["force": true])
            let newer = refreshed.json["access_token"] as? String ?? ""
            let secrets = [code, token, newer]
            #expect(secrets.allSatisfy { $0.utf8.count > 20 } && Set(secrets).count == 3)
            let events = try await scenario.host.call(
                "GET", "/api/v1/events", token: scenario.callers.service("events:read"))
            #expect(events.text.contains("TOKEN_REFRESHED"))
            let metrics = try await scenario.host.saveMetrics()
            let texts = [
                end.header("Location") ?? "", visit.location, start.authorizationURL, start.providerURL, events.text,
                metrics,
                try scenario.host.printed(),
            ]
            for text in texts {
                #expect(!text.isEmpty)
                for secret in secrets { #expect(!text.contains(secret)) }
                for sort in ["sandbox_at_", "sandbox_rt_", "sandbox_code_"] { #expect(!text.contains(sort)) }
            }
            try await scenario.host.stop(child)
        }
    }
}
