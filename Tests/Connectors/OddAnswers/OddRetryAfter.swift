import ConnectorSDK

extension OddAnswer {
    private static let day: Double = 86_400

    /// `Retry-After` (RFC 9110 §10.2.3) with the seconds it gives; nil: it says nothing. No wait is longer than a day.
    private static let values: [(String, Double?)] = [
        ("0", 0), ("1", 1), ("30", 30), (" 30 ", 30), ("0.5", 0.5), ("120.0", 120), ("1e2", 100), ("86399", 86_399),
        ("86400", day), ("86401", day), ("2147483648", day), ("9223372036854775808", day), ("1e300", day),
        ("-0", 0), ("-1", nil), ("-0.5", nil), ("-86400", nil), ("1e999", nil), ("", nil), (" ", nil), ("soon", nil),
        ("+30", nil), ("030", nil), ("30s", nil), ("30, 60", nil), ("30;60", nil), ("\"30\"", nil), ("0x1E", nil),
        ("PT30S", nil),
        ("1 minute", nil), ("null", nil), ("true", nil), ("[30]", nil), ("NaN", nil), ("Infinity", nil),
        ("\u{663}", nil),
        ("Thu, 01 Jan 2026 00:00:30 GMT", 30), ("Thu, 01 Jan 2026 00:00:00 GMT", 0),
        ("Wed, 31 Dec 2025 23:59:59 GMT", 0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sat, 03 Jan 2026 00:00:00 GMT", day),
        ("Fri, 31 Dec 9999 23:59:59 GMT", day),
        ("Fri, 01 Jan 2026 00:00:30 GMT", 30), ("Thursday, 01-Jan-26 00:00:30 GMT", 30),
        ("Thu Jan  1 00:00:30 2026", 30),
        ("Thu, 01 Jan 2026 00:00:30 UTC", 30), ("Thu, 01 Jan 2026 00:00:30 +0000", nil),
        ("Thu, 01 Jan 2026 00:00:30", nil),
        ("01 Jan 2026 00:00:30 GMT", nil), ("Thu, 31 Feb 2026 00:00:30 GMT", nil),
        ("Thu, 01 Foo 2026 00:00:30 GMT", nil),
        ("Thu, 01 Jan 2026 25:00:30 GMT", nil), ("2026-01-01T00:00:30Z", nil), ("1767225630", day),
    ]

    private static func wait(_ seconds: Double?) -> Duration? { seconds.map { .seconds($0) } }

    /// With a rate limit, where a value that says nothing leaves the limit one.
    static let limits: [OddAnswer] = values.map { text, seconds in
        .bad(
            "429, Retry-After \(text)", 429, "", .rateLimited(after: wait(seconds)), "http_429",
            headers: ["retry-after": text])
    }

    /// With any other 4xx without a code: only a value that says something makes it one to be tried later.
    static let laterFor4xx: [OddAnswer] = values.map { text, seconds in
        .bad(
            "403, Retry-After \(text)", 403, "<p>", seconds == nil ? .unclear : .retryLater(after: wait(seconds)),
            "http_403",
            type: "text/html", headers: ["retry-after": text])
    }

    /// Beside other things.
    static let retryAfters: [OddAnswer] = [
        .bad(
            "two Retry-After: the first", 429, "", .rateLimited(after: .seconds(10)), "http_429",
            headers: ["retry-after": "10", "retry-after": "20"]),
        .bad(
            "two Retry-After, the first unreadable", 429, "", .rateLimited(after: nil), "http_429",
            headers: ["retry-after": "x", "retry-after": "20"]),
        .bad(
            "other names of limits", 429, "", .rateLimited(after: nil), "http_429",
            headers: ["x-ratelimit-reset": "30", "x-retry-after": "30"]),
        .bad("a wait in the body", 429, #"{"retry_after":30}"#, .rateLimited(after: nil), "http_429"),
        .bad(
            "429 with a wait and a code", 429, #"{"error":"rate_limited"}"#, .rateLimited(after: .seconds(30)),
            "rate_limited", headers: ["retry-after": "30"]),
        .bad(
            "429 with a wait and a refusal", 429, #"{"error":"invalid_grant"}"#, .rateLimited(after: .seconds(30)),
            "invalid_grant", headers: ["retry-after": "30"]),
        .bad(
            "a refusal with a wait", 400, #"{"error":"invalid_grant"}"#, .refused, "invalid_grant",
            headers: ["retry-after": "30"]),
        .bad(
            "a wrong secret with a wait", 401, #"{"error":"invalid_client"}"#, .misconfigured, "invalid_client",
            headers: ["retry-after": "30"]),
        .bad(
            "slow_down with a wait", 400, #"{"error":"slow_down"}"#, .rateLimited(after: .seconds(30)), "slow_down",
            headers: ["retry-after": "30"]),
        .bad(
            "an unknown code with a wait", 400, #"{"error":"x"}"#, .retryLater(after: .seconds(30)), "x",
            headers: ["retry-after": "30"]),
        .bad("500 with a wait", 500, "", .unclear, "http_500", headers: ["retry-after": "30"]),
        .bad(
            "503 that is temporarily unavailable, with a wait", 503, #"{"error":"temporarily_unavailable"}"#,
            .retryLater(after: .seconds(30)), "temporarily_unavailable", headers: ["retry-after": "30"]),
        .bad("302 with a wait", 302, "", .unclear, "http_302", headers: ["retry-after": "30"]),
        .bad(
            "200 without a token, with a wait", 200, "{}", .unclear, "no_access_token", headers: ["retry-after": "30"]),
        .bad("204 with a wait", 204, "", .unclear, "empty_answer", headers: ["retry-after": "30"]),
    ]
}
