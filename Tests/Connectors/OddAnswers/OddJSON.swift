import ConnectorSDK

extension OddAnswer {
    private static func arrays(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }

    /// Bodies whose JSON is odd, and still says what it says (RFC 8259; the last of repeated names counts).
    static let readableJSON: [OddAnswer] = [
        .good("a byte order mark", "\u{FEFF}{\"access_token\":\"at\"}"),
        .good("white space around", " \r\n\t{ \"access_token\" \n:\t\"at\" } \r\n"),
        .good("a repeated access token", #"{"access_token":"old","access_token":"at"}"#),
        .good("a repeated error, the last empty", #"{"access_token":"at","error":"invalid_grant","error":null}"#),
        .good(
            "a repeated refresh token", #"{"access_token":"at","refresh_token":"r1","refresh_token":"r2"}"#,
            .with(refresh: "r2")),
        .good("an escaped name", #"{"access\u005Ftoken":"at"}"#),
        .good("an escaped token", #"{"access_token":"\u0061\u0074"}"#),
        .good("an escaped slash", #"{"access_token":"a\/t"}"#, .with("a/t")),
        .good("an escaped quote in a token", #"{"access_token":"a\"t"}"#, .with("a\"t")),
        .good("an escaped backslash in a token", #"{"access_token":"a\\t"}"#, .with("a\\t")),
        .good("an empty name", #"{"":"x","access_token":"at"}"#),
        .good("a name with a NUL", #"{"a\u0000":"x","access_token":"at"}"#),
        .good("names of another case beside", #"{"ACCESS_TOKEN":"no","access_token":"at"}"#),
        .good("half a surrogate pair elsewhere", #"{"name":"\ud83d","access_token":"at"}"#),
        .good("a reversed surrogate pair elsewhere", #"{"name":"\ude00\ud83d","access_token":"at"}"#),
        .good("a whole surrogate pair elsewhere", #"{"name":"\ud83d\ude00","access_token":"at"}"#),
        .good("escaped controls elsewhere", #"{"name":"\b\f\n\r\t\u0001","access_token":"at"}"#),
        .good("a raw DEL elsewhere", "{\"name\":\"\u{7F}\",\"access_token\":\"at\"}"),
        .good("a huge number elsewhere", #"{"n":\#(String(repeating: "9", count: 5_000)),"access_token":"at"}"#),
        .good("a huge exponent elsewhere", #"{"n":1e999999999,"access_token":"at"}"#),
        .good("a minus zero elsewhere", #"{"n":-0.0e-0,"access_token":"at"}"#),
        .good("all kinds of values elsewhere", #"{"a":[null,true,false,0,"",{},[]],"access_token":"at"}"#),
        .good("32 levels", #"{"access_token":"at","x":\#(arrays(31))}"#),
        .good("a thousand members", "{" + (0..<1_000).map { "\"m\($0)\":\($0)," }.joined() + #""access_token":"at"}"#),
        .good(
            "a body of exactly 1 MiB",
            #"{"access_token":"at","x":""# + String(repeating: "a", count: (1 << 20) - 28) + "\"}"),
        .bytes(
            "bytes that are no UTF-8 elsewhere",
            Array(#"{"n":""#.utf8) + [0xC3, 0x28, 0xFF] + Array(#"","access_token":"at"}"#.utf8),
            .tokens([.with()], captured: [:])),
        .bytes(
            "an overlong slash elsewhere",
            Array(#"{"n":""#.utf8) + [0xC0, 0xAF] + Array(#"","access_token":"at"}"#.utf8),
            .tokens([.with()], captured: [:])),
    ]

    /// Bodies that are one JSON value, but no object with a token.
    static let otherJSON: [OddAnswer] = [
        .unread("null", "null", "no_access_token"), .unread("true", "true", "no_access_token"),
        .unread("false", "false", "no_access_token"), .unread("a number", "12345", "no_access_token"),
        .unread("a negative number", "-1", "no_access_token"), .unread("a text", #""at""#, "no_access_token"),
        .unread("an empty text", #""""#, "no_access_token"), .unread("an empty array", "[]", "no_access_token"),
        .unread("an empty object", " {} ", "no_access_token"),
        .unread("an object in an array", #"[{"access_token":"at","refresh_token":"rt"}]"#, "no_access_token"),
        .unread("an answer as JSON in a text", #""{\"access_token\":\"at\"}""#, "no_access_token"),
        .unread("an answer below data", #"{"data":{"access_token":"at"}}"#, "no_access_token"),
        .unread("an answer below result", #"{"result":[{"access_token":"at"}]}"#, "no_access_token"),
        .unread("camel case", #"{"accessToken":"at"}"#, "no_access_token"),
        .unread("another name", #"{"token":"at"}"#, "no_access_token"),
        .unread("only a refresh token", #"{"refresh_token":"rt"}"#, "no_access_token"),
        .unread("only an ID token", #"{"id_token":"it","token_type":"bearer"}"#, "no_access_token"),
        .unread("a name with a space", #"{"access_token ":"at"}"#, "no_access_token"),
        .unread("a path instead of a member", #"{"/access_token":"at"}"#, "no_access_token"),
        .unread("an error in an array is none", #"[{"error":"invalid_grant"}]"#, "no_access_token"),
        .unread(
            "the last of two access tokens is empty", #"{"access_token":"at","access_token":""}"#, "no_access_token"),
    ]

    /// A refusal is one only where it is read for certain.
    static let repeatedErrors: [OddAnswer] = [
        .bad("a repeated error", 400, #"{"error":"x","error":"invalid_grant"}"#, .refused, "invalid_grant"),
        .bad("a repeated error, unknown at last", 400, #"{"error":"invalid_grant","error":"x"}"#, .unclear, "x"),
        .bad(
            "an error with a byte order mark", 400, "\u{FEFF}{\"error\":\"invalid_grant\"}", .refused, "invalid_grant"),
        .bad("an escaped error", 400, #"{"error":"invalid\u005fgrant"}"#, .refused, "invalid_grant"),
        .bad(
            "an error whose description is half a surrogate", 400,
            #"{"error":"invalid_grant","error_description":"\ud800"}"#, .refused, "invalid_grant"),
    ]
}
