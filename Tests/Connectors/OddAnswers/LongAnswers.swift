import ConnectorSDK

extension OddAnswer {
    private static let most = 1 << 20

    /// A body of nearly 1 MiB: a piece as often as it fits between a start and an end.
    private static func filled(_ start: String, _ piece: String, _ end: String) -> String {
        let times = (most - start.utf8.count - end.utf8.count) / piece.utf8.count
        return start + String(repeating: piece, count: times) + end
    }

    /// Answers as long as they may be, of what is dear to read: each must be read like a short one.
    static let long: [OddAnswer] = [
        .good("1 MiB of one member again and again", filled("{", #""a":1,"#, #""access_token":"at"}"#)),
        .good("1 MiB of empty objects", filled(#"{"access_token":"at","x":["#, "{},", "{}]}")),
        .good("1 MiB of escapes", filled(#"{"access_token":"at","x":""#, #"\u0041"#, #""}"#)),
        .good("1 MiB of half surrogates", filled(#"{"access_token":"at","x":""#, #"\ud83d"#, #""}"#)),
        .good("1 MiB of combining marks", filled(#"{"access_token":"at","x":"e"#, "\u{301}", #""}"#)),
        .good("1 MiB of white space", filled(#"{"access_token":"at""#, " \n", "}")),
        .good("1 MiB of digits as a lifetime", filled(#"{"access_token":"at","expires_in":"#, "9", "}")),
        .good("1 MiB of digits in a text as a lifetime", filled(#"{"access_token":"at","expires_in":""#, "9", #""}"#)),
        .good(
            "1 MiB of zeros behind the point", filled(#"{"access_token":"at","expires_in":60."#, "0", "}"),
            .with(lives: 60_000)),
        .good("1 MiB of hyphens as a lifetime", filled(#"{"access_token":"at","expires_in":""#, "-", #""}"#)),
        .good("1 MiB of words as a moment", filled(#"{"access_token":"at","expires_at":""#, "Thu ", #""}"#)),
        .good("1 MiB as a type", filled(#"{"access_token":"at","token_type":""#, "x", #""}"#)),
        .good(
            "1 MiB of scopes", filled(#"{"access_token":"at","scope":""#, "a ", #""}"#),
            .with(scopes: Array(repeating: "a", count: 1_000))),
        .good(
            "1 MiB of scopes in a list", filled(#"{"access_token":"at","scope":["#, #""a","#, #""a"]}"#),
            .with(scopes: Array(repeating: "a", count: 1_000))),
        .good("1 MiB as a captured value", filled(#"{"access_token":"at","c":""#, "x", #""}"#)) {
            $0.response.capture("c", from: "c")
        },
        .unread("1 MiB as an access token", filled(#"{"access_token":""#, "x", #""}"#), "unusable_access_token"),
        .bad(
            "1 MiB as an error", 400, filled(#"{"error":""#, "x", #""}"#), .unclear, String(repeating: "x", count: 100)),
        .bad("1 MiB of controls as an error", 400, filled(#"{"error":""#, #"\n"#, #""}"#), .unclear, "_"),
        .bad(
            "1 MiB of digits as an error", 400, filled(#"{"error":"#, "1", "}"), .unclear,
            String(repeating: "1", count: 100)),
        .bad(
            "1 MiB as a description", 400,
            filled(#"{"error":"invalid_grant","error_description":""#, "already being processe ", #""}"#), .refused,
            "invalid_grant"),
        .bad(
            "1 MiB of Entra's numbers", 400, filled(#"{"error":"invalid_grant","error_codes":["#, "1,", "1]}"),
            .refused, "invalid_grant"),
        .bad(
            "1 MiB against a pattern", 400, filled(#"{"error":""#, "a", #"b"}"#), .unclear,
            String(repeating: "a", count: 100)
        ) {
            $0.response.errors = [
                ErrorRule(
                    status: nil, pointer: JSONPointer(tokens: ["error"]), match: .matches("^(a+)+c$"),
                    means: .reauthorize)
            ]
        },
        .bad(
            "a code that is longer than a pattern reads", 400,
            #"{"error":""# + String(repeating: "a", count: 4_096) + #"b"}"#,
            .unclear, String(repeating: "a", count: 100)
        ) { $0.response.errors = [.matching("^a+$", means: .reauthorize)] },
        .bad(
            "a code that is as long as a pattern reads", 400,
            #"{"error":""# + String(repeating: "a", count: 4_096) + #""}"#,
            .refused, String(repeating: "a", count: 100)
        ) { $0.response.errors = [.matching("^a+$", means: .reauthorize)] },
        .unread("1 MiB of colons", filled("", ":", ""), "unreadable_answer"),
        .unread(
            "1 MiB of escaped fields", filled("access_token=", "%61", "%0A"), "unusable_access_token",
            type: "application/x-www-form-urlencoded"),
        .unread(
            "1 MiB of ampersands", filled("a=b", "&", ""), "no_access_token", type: "application/x-www-form-urlencoded"),
        .unread(
            "1 MiB of a page", filled("<html>", "<p>access_token=at</p>", "</html>"), "unreadable_answer", type: nil),
        .bad(
            "64 KiB as Retry-After", 429, "", .rateLimited(after: nil), "http_429",
            headers: ["retry-after": String(repeating: "- ", count: 32_768)]),
        .bad(
            "64 KiB of digits as Retry-After", 429, "", .rateLimited(after: nil), "http_429",
            headers: ["retry-after": String(repeating: "9", count: 65_536)]),
        .good("64 KiB as a content type", #"{"access_token":"at"}"#, type: String(repeating: "; ", count: 32_768)),
        .good(
            "a header of 64 KiB", #"{"access_token":"at"}"#,
            headers: ["x": String(repeating: "a", count: 65_536)]),
    ]

    /// Bytes that are no UTF-8 where it matters: no token, and no code that anybody knows.
    static let wrongBytes: [OddAnswer] = [
        .bytes(
            "a broken byte in a token", Array(#"{"access_token":"a"#.utf8) + [0xFF] + Array(#"t"}"#.utf8),
            .failure(.unclear, code: "unusable_access_token")),
        .bytes(
            "Latin-1 in a token", Array(#"{"access_token":"a"#.utf8) + [0xE4] + Array(#"t"}"#.utf8),
            .failure(.unclear, code: "unusable_access_token")),
        .bytes(
            "a broken byte in a refresh token",
            Array(#"{"access_token":"at","refresh_token":"r"#.utf8) + [0xC3] + Array(#""}"#.utf8),
            .failure(.unclear, code: "unusable_refresh_token")),
        .bytes(
            "a broken byte in a type",
            Array(#"{"access_token":"at","token_type":"b"#.utf8) + [0x80] + Array(#""}"#.utf8),
            .tokens([.with()], captured: [:])),
        .bytes(
            "a broken byte in a code", Array(#"{"error":"invalid_gr"#.utf8) + [0xFF] + Array(#"ant"}"#.utf8),
            .failure(.unclear, code: "invalid_gr_ant")),
        .bytes(
            "an encoded surrogate in a token",
            Array(#"{"access_token":""#.utf8) + [0xED, 0xA0, 0x80] + Array(#""}"#.utf8),
            .failure(.unclear, code: "unusable_access_token")),
        .bytes(
            "a broken byte in a name", Array(#"{"access_token"#.utf8) + [0xFF] + Array(#"":"at"}"#.utf8),
            .failure(.unclear, code: "no_access_token")),
        .bytes(
            "a cut character at the end", Array(#"{"access_token":"at","x":""#.utf8) + [0xE2, 0x82],
            .failure(.unclear, code: "cut_answer")),
        .bytes(
            "a broken byte outside", Array(#"{"access_token":"at"}"#.utf8) + [0xFF],
            .failure(.unclear, code: "unreadable_answer")),
        .bytes(
            "a broken byte in a form", Array("access_token=at&x=".utf8) + [0xFF],
            type: "application/x-www-form-urlencoded", .failure(.unclear, code: "unreadable_answer")),
        .bytes(
            "half a byte order mark", [0xEF, 0xBB] + Array(#"{"access_token":"at"}"#.utf8),
            .failure(.unclear, code: "unreadable_answer")),
    ]
}

extension ErrorRule {
    fileprivate static func matching(_ pattern: String, means: Meaning) -> ErrorRule {
        ErrorRule(status: nil, pointer: JSONPointer(tokens: ["error"]), match: .matches(pattern), means: means)
    }
}
