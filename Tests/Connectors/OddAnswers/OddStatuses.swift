import ConnectorSDK

extension OddAnswer {
    private static let token = #"{"access_token":"at"}"#

    private static let statuses = [
        100, 101, 103, 200, 201, 202, 203, 204, 205, 206, 207, 226, 299, 300, 301, 302, 303, 304, 307, 308, 400, 401,
        402,
        403, 404, 405, 406, 407, 408, 409, 410, 411, 413, 414, 415, 418, 421, 422, 423, 424, 425, 426, 428, 429, 431,
        451,
        499, 500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 522, 524, 529, 530, 598, 599,
    ]

    /// Every status with every kind of body. The rules (PROTOCOL.md §4, rows 13 to 25): tokens count with 200 to 299 only;
    /// 429 is a rate limit unless a token lies beside it; from 500 on only a code that asks for patience is heard; else
    /// a known code decides; all others are unclear. The code is the provider's, else the status or, with 200 to 299,
    /// what is wrong with the body.
    static let byStatus: [OddAnswer] = statuses.flatMap { (status: Int) -> [OddAnswer] in
        let isGood = 200...299 ~= status
        let other: ProviderFailure.Disposition = status == 429 ? .rateLimited(after: nil) : .unclear
        func known(_ disposition: ProviderFailure.Disposition) -> ProviderFailure.Disposition {
            status == 429 || status >= 500 ? other : disposition
        }
        func name(_ code: String) -> String { isGood ? code : "http_\(status)" }
        return [
            isGood
                ? .good("\(status) with a token", token, status: status)
                : .bad("\(status) with a token", status, token, .unclear, "http_\(status)"),
            .bad(
                "\(status) with invalid_grant", status, #"{"error":"invalid_grant"}"#, known(.refused), "invalid_grant"),
            .bad(
                "\(status) with invalid_client", status, #"{"error":"invalid_client"}"#, known(.misconfigured),
                "invalid_client"),
            .bad(
                "\(status) with slow_down", status, #"{"error":"slow_down"}"#,
                .rateLimited(after: nil), "slow_down"),
            .bad("\(status) with an unknown code", status, #"{"error":"boom"}"#, other, "boom"),
            .bad("\(status) with an empty object", status, "{}", other, name("no_access_token")),
            .bad("\(status) with nothing", status, "", other, name("empty_answer"), type: nil),
            .bad("\(status) with HTML", status, "<html>", other, name("unreadable_answer"), type: "text/html"),
            .bad("\(status) with cut JSON", status, #"{"access_token":"a"#, other, name("cut_answer")),
        ]
    }

    /// Redirects are answers like others: nobody follows them, whatever they point at.
    static let redirects: [OddAnswer] = [
        "https://auth.example.com/token", "http://auth.example.com/token", "/token", "//evil.example",
        "https://127.0.0.1/",
        "https://auth.example.com/?error=invalid_grant", "https://auth.example.com/#access_token=at", "javascript:x",
        "",
    ].map { .bad("302 to \($0)", 302, "", .unclear, "http_302", headers: ["location": $0]) }

    /// Headers that change nothing about a good answer.
    static let headers: [OddAnswer] = [
        ["www-authenticate": "Basic realm=x"], ["retry-after": "30"], ["location": "https://evil.example/"],
        ["content-length": "0"], ["content-length": "999999999999999999999"], ["transfer-encoding": "chunked, gzip"],
        ["content-encoding": "gzip"], ["content-range": "bytes 0-1/2"], ["set-cookie": "a=b", "set-cookie": "c=d"],
        ["date": "Thu, 01 Jan 1970 00:00:00 GMT"], ["x-empty": ""], ["warning": "110 - stale"], ["age": "86400"],
        ["content-type": "text/html", "content-type": "application/json"], ["error": "invalid_grant"],
    ].map { (headers: KeyValuePairs<String, String>) in
        .good(
            "a token with \(headers.map { "\($0.key): \($0.value)" }.joined(separator: ", "))", token, headers: headers)
    }
}
