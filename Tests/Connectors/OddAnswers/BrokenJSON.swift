import ConnectorSDK

extension OddAnswer {
    private static let unreadable = "unreadable_answer"
    private static let text = #"{"access_token":"at"}"#

    private static func encoded(_ mark: [UInt8], _ unit: (UInt8) -> [UInt8]) -> [UInt8] {
        mark + text.utf8.flatMap(unit)
    }

    /// Bodies that are no JSON: the raw answer is kept, and nothing is concluded from it (row 25).
    static let malformed: [OddAnswer] = [
        .unread("trailing text", text + " ok", unreadable), .unread("a trailing comma outside", text + ",", unreadable),
        .unread("a second document", text + text, unreadable),
        .unread("a second document on its line", text + "\n" + text, unreadable),
        .unread("a trailing NUL", text + "\0", unreadable), .unread("a leading NUL", "\0" + text, unreadable),
        .unread("a trailing semicolon", text + ";", unreadable), .unread("a trailing brace", text + "}", unreadable),
        .unread("a guard against script inclusion", ")]}',\n" + text, unreadable),
        .unread("a loop against script inclusion", "while(1);" + text, unreadable),
        .unread("a callback", "callback(" + text + ")", unreadable),
        .unread("an event stream", "data: " + text + "\n\n", unreadable),
        .unread("a comment", "/* x */" + text, unreadable),
        .unread("a comment inside", #"{"a":1,//x"# + "\n" + #""access_token":"at"}"#, unreadable),
        .unread("single quotes", "{'access_token':'at'}", unreadable),
        .unread("no quotes", "{access_token:at}", unreadable),
        .unread("a trailing comma", #"{"access_token":"at",}"#, unreadable),
        .unread("a leading comma", #"{,"access_token":"at"}"#, unreadable),
        .unread("no comma", #"{"access_token":"at" "a":1}"#, unreadable),
        .unread("two commas", #"{"a":1,,"access_token":"at"}"#, unreadable),
        .unread("no colon", #"{"access_token" "at"}"#, unreadable),
        .unread("an equals sign", #"{"access_token"="at"}"#, unreadable),
        .unread("a name that is a number", #"{1:2,"access_token":"at"}"#, unreadable),
        .unread("a closing bracket", #"{"access_token":"at"]"#, unreadable),
        .unread("a comma in an array", #"{"a":[1,],"access_token":"at"}"#, unreadable),
        .unread("NaN", #"{"access_token":"at","expires_in":NaN}"#, unreadable),
        .unread("Infinity", #"{"access_token":"at","expires_in":Infinity}"#, unreadable),
        .unread("minus Infinity", #"{"access_token":"at","expires_in":-Infinity}"#, unreadable),
        .unread("undefined", #"{"access_token":"at","expires_in":undefined}"#, unreadable),
        .unread("None", #"{"access_token":"at","scope":None}"#, unreadable),
        .unread("True", #"{"access_token":"at","ok":True}"#, unreadable),
        .unread("a plus sign", #"{"access_token":"at","expires_in":+1}"#, unreadable),
        .unread("a leading zero", #"{"access_token":"at","expires_in":03600}"#, unreadable),
        .unread("a number without its whole", #"{"access_token":"at","expires_in":.5}"#, unreadable),
        .unread("a number without its fraction", #"{"access_token":"at","expires_in":1.}"#, unreadable),
        .unread("a number without its exponent", #"{"access_token":"at","expires_in":1e}"#, unreadable),
        .unread("a hexadecimal number", #"{"access_token":"at","expires_in":0xE10}"#, unreadable),
        .unread("digits with a separator", #"{"access_token":"at","expires_in":3_600}"#, unreadable),
        .unread("two minus signs", #"{"access_token":"at","expires_in":--1}"#, unreadable),
        .unread("an unknown escape", #"{"access_token":"a\xt"}"#, unreadable),
        .unread("an escape of three digits", #"{"access_token":"\u006"}"#, unreadable),
        .unread("an escape of no digits", #"{"access_token":"\uzzzz"}"#, unreadable),
        .unread("a raw line feed in a token", "{\"access_token\":\"a\nt\"}", unreadable),
        .unread("a raw tab in a token", "{\"access_token\":\"a\tt\"}", unreadable),
        .unread("a raw NUL in a text", "{\"access_token\":\"at\",\"n\":\"\0\"}", unreadable),
        .unread("a no-break space outside", "\u{A0}" + text, unreadable),
        .unread("a vertical tab outside", "\u{B}" + text, unreadable),
        .unread("two byte order marks", "\u{FEFF}\u{FEFF}" + text, unreadable),
        .unread("a byte order mark at the end", text + "\u{FEFF}", unreadable),
        .unread(
            "33 levels",
            #"{"access_token":"at","x":"# + String(repeating: "[", count: 32) + String(repeating: "]", count: 32) + "}",
            unreadable),
        .unread(
            "33 levels of objects", String(repeating: #"{"a":"#, count: 33) + "1" + String(repeating: "}", count: 33),
            unreadable),
        .unread("100,000 open brackets", String(repeating: "[", count: 100_000), unreadable),
        .unread(
            "1 MiB and a byte", #"{"access_token":"at","x":""# + String(repeating: "a", count: (1 << 20) - 27) + "\"}",
            unreadable),
        .unread("2 MiB of spaces", String(repeating: " ", count: 2 << 20) + text, unreadable),
        .unread("XML", "<?xml version=\"1.0\"?><token>at</token>", unreadable),
        .unread("YAML", "access_token: at\nexpires_in: 3600\n", unreadable),
        .unread("a bare word", "OK", unreadable), .unread("a bare token", "eyJhbGciOiJub25lIn0.e30.", unreadable),
        .bytes(
            "UTF-16, little end first, marked", encoded([0xFF, 0xFE]) { [$0, 0] }, .failure(.unclear, code: unreadable)),
        .bytes(
            "UTF-16, big end first, marked", encoded([0xFE, 0xFF]) { [0, $0] }, .failure(.unclear, code: unreadable)),
        .bytes("UTF-16, little end first", encoded([]) { [$0, 0] }, .failure(.unclear, code: unreadable)),
        .bytes("UTF-16, big end first", encoded([]) { [0, $0] }, .failure(.unclear, code: unreadable)),
        .bytes("UTF-32", encoded([]) { [0, 0, 0, $0] }, .failure(.unclear, code: unreadable)),
        .bytes(
            "gzip", [0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03], .failure(.unclear, code: unreadable)),
        .bytes("all byte values", Array(0...255), .failure(.unclear, code: unreadable)),
    ]

    /// Bodies that end before their end.
    static let cut: [OddAnswer] = [
        "{", "{ ", #"{""#, #"{"access_token"#, #"{"access_token""#, #"{"access_token":"#, #"{"access_token":""#,
        #"{"access_token":"at"#, #"{"access_token":"at""#, #"{"access_token":"at","#,
        #"{"access_token":"at","expires_in":"#,
        #"{"access_token":"at","expires_in":36"#, #"{"access_token":"at","expires_in":-"#,
        #"{"access_token":"at","expires_in":1."#,
        #"{"access_token":"at","expires_in":1e"#, #"{"access_token":"at","ok":tr"#, #"{"access_token":"at","ok":fals"#,
        #"{"access_token":"at","refresh_token":nul"#, #"{"access_token":"at","x":"\"#,
        #"{"access_token":"at","x":"\u00"#,
        #"{"access_token":"at","x":"\ud83d\u"#, #"{"access_token":"at","x":["#, #"{"access_token":"at","x":[1"#,
        #"{"access_token":"at","x":[1,"#, #"{"access_token":"at","x":{"#, #"{"error":"invalid_grant""#,
        #"{"error":"invalid_client"#,
        "[", "[{", "\"at", "-", "t", "nu", "\u{FEFF}", "\u{FEFF}{", String(repeating: "[", count: 32),
    ].map { .unread("cut after \($0.suffix(40))", $0, "cut_answer") }

    /// Bodies of nothing.
    static let empty: [OddAnswer] = ["", " ", "\n", "\r\n\r\n", "\t", String(repeating: " ", count: 2_000)].map {
        .unread("\($0.utf8.count) bytes of nothing: \($0.debugDescription.prefix(20))", $0, "empty_answer")
    }
}
