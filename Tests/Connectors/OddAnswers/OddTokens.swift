import ConnectorSDK

extension OddAnswer {
    private static func text(_ length: Int) -> String { String(repeating: "x", count: length) }

    /// Access tokens as they are written: visible ASCII and spaces, at most 64 KiB (RFC 6749 appendix A.12).
    static let accessTokens: [OddAnswer] =
        ([
            (#""a""#, "a"), (#""Bearer at""#, "Bearer at"), (#""bearer:at""#, "bearer:at"), (#""a t""#, "a t"),
            (#""null""#, "null"), (#""0""#, "0"), (#""{}""#, "{}"), (#""undefined""#, "undefined"), (#""=""#, "="),
            (#""a=b&c=d""#, "a=b&c=d"), (#""<at>""#, "<at>"), (#""%00""#, "%00"), (#""~!@#$%^&*()""#, "~!@#$%^&*()"),
            (#""\u007e""#, "~"), ("\"\(text(4_096))\"", text(4_096)), ("\"\(text(65_536))\"", text(65_536)),
            ("\"\(text(65_537))\"", nil), ("\"\(text(500_000))\"", nil), (#""""#, nil), ("null", nil), ("0", nil),
            ("12345", nil), ("1.5e3", nil), ("true", nil), ("false", nil), ("[]", nil), (#"["at"]"#, nil), ("{}", nil),
            (#"{"value":"at"}"#, nil), (#"{"access_token":"at"}"#, nil), (#""a\n""#, nil),
            (#""a\r\nSet-Cookie: x""#, nil),
            (#""\tat""#, nil), (#""a\u0000t""#, nil), (#""a\u007ft""#, nil), (#""a\u0080t""#, nil),
            (#""\u00e4t""#, nil),
            (#""ät""#, nil), (#""\u200bat""#, nil), (#""\ufeffat""#, nil), (#""a\u2028t""#, nil),
            (#""\ud83d\ude00""#, nil),
            (#""\ud83d""#, nil), (#""a\u00a0t""#, nil),
        ] as [(String, String?)]).map { written, token in
            let name = "an access token written \(written.prefix(30)), \(written.utf8.count) bytes"
            let body = #"{"access_token":\#(written),"expires_in":60}"#
            let code = [#""""#, "null"].contains(written) ? "no_access_token" : "unusable_access_token"
            return token.map { .good(name, body, .with($0, lives: 60_000)) } ?? .unread(name, body, code)
        }

    /// A refresh token that is absent or empty leaves the old one in place; one that could not be presented makes the
    /// answer unclear, so that it is kept.
    static let refreshTokens: [OddAnswer] =
        ([
            (#""rt""#, "rt"), (#""at""#, "at"), (#""r t""#, "r t"), (#""null""#, "null"), (#""0""#, "0"),
            ("\"\(text(65_536))\"", text(65_536)), (#""""#, nil), ("null", nil),
        ] as [(String, String?)]).map { written, token in
            .good(
                "a refresh token written \(written.prefix(30))", #"{"access_token":"at","refresh_token":\#(written)}"#,
                .with(refresh: token))
        }
        + [
            "\"\(text(65_537))\"", #""r\nt""#, #""r\u0000t""#, #""rä""#, #""\ud83d""#, #""\u007f""#, #""\u200brt""#,
            "12345", "true", #"["rt"]"#,
        ].map {
            .unread(
                "an unusable refresh token written \($0.prefix(30))", #"{"access_token":"at","refresh_token":\#($0)}"#,
                "unusable_refresh_token")
        }

    /// The type as written, if it can be one word of a header.
    static let types: [OddAnswer] =
        ([
            (#""bearer""#, "bearer"), (#""BEARER""#, "BEARER"), (#""mac""#, "mac"), (#""N_A""#, "N_A"),
            (#""urn:x:y""#, "urn:x:y"), ("\"\(text(100))\"", text(100)), ("\"\(text(101))\"", "Bearer"),
            (#""Bearer ""#, "Bearer"), (#""Bearer\n""#, "Bearer"), (#""Bearer,DPoP x""#, "Bearer"),
            (#""träger""#, "Bearer"),
            ("true", "Bearer"), ("[]", "Bearer"), (#"["Bearer"]"#, "Bearer"), (#"{"type":"mac"}"#, "Bearer"),
            ("0", "Bearer"),
        ]).map { written, type in
            .good(
                "a type written \(written.prefix(30)), \(written.utf8.count) bytes",
                #"{"access_token":"at","token_type":\#(written)}"#, .with(type: type))
        }

    /// Granted scopes: split on spaces and commas, or a list (DESIGN.md, `scopes.separator`).
    static let scopes: [OddAnswer] =
        ([
            (#""a  b""#, ["a", "b"]), (#"" a b ""#, ["a", "b"]), (#""a,b""#, ["a", "b"]), (#""a, b""#, ["a", "b"]),
            (#""a,,b,""#, ["a", "b"]), (#""a\nb\r\nc""#, ["a", "b", "c"]), (#""a;b""#, ["a;b"]), (#""a|b""#, ["a|b"]),
            (#""a+b""#, ["a+b"]), (#""https://x/a.b https://x/c""#, ["https://x/a.b", "https://x/c"]),
            (#""a:b/c""#, ["a:b/c"]),
            (#""*""#, ["*"]), (#"",""#, []), (#""é""#, ["é"]), (#"["a"]"#, ["a"]), (#"["a b"]"#, ["a b"]),
            (#"["a,b"]"#, ["a,b"]), (#"["",null,"a"]"#, ["a"]), (#"["a",1,true]"#, ["a"]), (#"[["a"],"b"]"#, ["b"]),
            (#"[{"scope":"a"}]"#, []), (#"["a\u0000b","c"]"#, ["c"]), (#"["a\nb","c"]"#, ["c"]),
            ("\"a \(text(1_001))\"", ["a"]), ("\"\(text(1_000))\"", [text(1_000)]), ("{}", nil), (#"{"a":true}"#, nil),
            ("true", nil), ("0", nil),
            ("\"" + String(repeating: "a ", count: 2_000) + "\"", Array(repeating: "a", count: 1_000)),
        ] as [(String, [String]?)]).map { written, scopes in
            .good(
                "scopes written \(written.prefix(30))", #"{"access_token":"at","scope":\#(written)}"#,
                .with(scopes: scopes))
        }
}
