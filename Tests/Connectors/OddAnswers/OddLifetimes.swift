import ConnectorSDK

extension OddAnswer {
    private static let tenYears: Int64 = 315_360_000_000

    /// `expires_in`, with the milliseconds it gives (docs/decisions/0005-odd-lifetimes.md); nil: it says nothing.
    static let lifetimes: [OddAnswer] =
        ([
            ("1", 1_000), ("3600.0", 3_600_000), ("3600.9999", 3_600_999), ("36e2", 3_600_000), ("3.6E+3", 3_600_000),
            ("36000e-1", 3_600_000), ("0.001", 1), ("0.0009", nil), ("1e-400", nil), ("-0", nil), ("-0.5", nil),
            ("0.0", nil),
            (#""3600.0""#, 3_600_000), (#""3.6e3""#, 3_600_000), (#""\t3600\n""#, 3_600_000), (#""+3600""#, nil),
            (#""03600""#, nil), (#""3600s""#, nil), (#""3600 seconds""#, nil), (#""1h""#, nil), (#""PT1H""#, nil),
            (#""01:00:00""#, nil), (#""3,600""#, nil), (#""3_600""#, nil), (#""0xE10""#, nil),
            (#""\u0663\u0666""#, nil),
            (#""NaN""#, nil), (#""Infinity""#, nil), (#""-Infinity""#, nil), (#""never""#, nil), (#""null""#, nil),
            (#""true""#, nil), (#""\"3600\"""#, nil), (#"" ""#, nil), ("-3600", nil), ("-1e300", nil), ("-1e999", nil),
            ("false", nil), (#"{"seconds":3600}"#, nil), ("[]", nil), ("315360000.5", tenYears),
            ("9223372036854775807", tenYears),
            ("18446744073709551616", tenYears), ("1e308", tenYears), ("1e309", nil), (#""1e300""#, tenYears),
            (String(repeating: "9", count: 400), nil), ("1767225601", 1_000), ("1767225600001", 1),
            ("2082585600", tenYears), ("2082585601", tenYears), ("1767225600", nil), ("1767225599", nil),
            ("1700000000", nil), ("1700000000000", nil), (#""1700000000""#, nil), ("1000000000", nil),
            ("999999999", tenYears), ("946080000", tenYears),
            (#""1767229200""#, 3_600_000), (#""2026-01-01T00:00:00.001Z""#, 1), (#""2026-01-01T00:00:00Z""#, nil),
            (#""2026-01-01 01:00:00Z""#, 3_600_000), (#""2026-01-01t01:00:00z""#, 3_600_000),
            (#""2026-01-01T01:00:00-00:00""#, 3_600_000), (#""2025-12-31T14:00:00-11:00""#, 3_600_000),
            (#""2026-01-01T01:00:60Z""#, 3_660_000), (#""2026-01-01T24:00:00Z""#, nil),
            (#""2026-02-30T00:00:00Z""#, nil),
            (#""2026-13-01T00:00:00Z""#, nil), (#""2026-01-01""#, nil), (#""2026-01-01T01:00:00""#, nil),
            (#""2026-01-01T01:00:00.Z""#, nil), (#""2026-01-01T01:00:00+0100""#, nil), (#""1/1/2026 1:00:00 AM""#, nil),
            (#""Thursday, 01-Jan-26 01:00:00 GMT""#, 3_600_000), (#""Thu Jan  1 01:00:00 2026""#, 3_600_000),
            (#""Thu, 01 Jan 2026 01:00:00 CET""#, nil), (#""Thu, 32 Jan 2026 01:00:00 GMT""#, nil),
            (#""Wed, 31 Dec 2025 23:59:59 GMT""#, nil), (#""Thu, 01 Jan 2099 00:00:00 GMT""#, tenYears),
        ] as [(String, Int64?)]).map { written, lives in
            .good(
                "expires_in \(written.prefix(40))", #"{"access_token":"at","expires_in":\#(written)}"#,
                .with(lives: lives))
        }

    /// `expires_at` and the refresh token's own end, which are read alike.
    static let moments: [OddAnswer] =
        ([
            ("1767225601", 1_000), ("1767225600.5", 500), ("1767225600", nil), ("1767225599", nil), ("3600", nil),
            ("0", nil),
            ("-1767229200", nil), ("1767229200000", 3_600_000), (#""1767229200000""#, 3_600_000),
            ("99999999999", tenYears),
            ("100000000000", nil), ("1767229200000000", nil), ("1e15", nil), ("1e400", nil), ("1.7672292e9", 3_600_000),
            (#""soon""#, nil), ("true", nil), ("{}", nil), ("[1767229200]", nil),
            (#""2026-01-01T01:00:00.5+00:00""#, 3_600_500),
            (#""2028-02-29T00:00:00Z""#, 68_169_600_000), (#""2027-02-29T00:00:00Z""#, nil),
            (#""0000-00-00T00:00:00Z""#, nil),
            (#""9999-12-31T23:59:59.999999999Z""#, tenYears), (#""Thu, 01 Jan 2026 01:00:00 UTC""#, 3_600_000),
            (#""""#, nil),
        ] as [(String, Int64?)]).map { written, lives in
            .good(
                "expires_at \(written.prefix(40))",
                #"{"access_token":"at","expires_at":\#(written),"refresh_expires_at":\#(written)}"#,
                .with(lives: lives, refreshLives: lives))
        }

    /// Several that contradict each other, and other units.
    static let severalLifetimes: [OddAnswer] = [
        .good(
            "a lifetime before a moment", #"{"access_token":"at","expires_in":60,"expires_at":1767229200}"#,
            .with(lives: 60_000)),
        .good(
            "a bad lifetime beside a moment", #"{"access_token":"at","expires_in":"x","expires_at":1767229200}"#,
            .with(lives: 3_600_000)),
        .good(
            "a lifetime that is a past moment, beside one",
            #"{"access_token":"at","expires_in":1700000000,"expires_at":1767229200}"#,
            .with(lives: 3_600_000)),
        .good(
            "a refresh token's end that is a past moment", #"{"access_token":"at","refresh_expires_in":1700000000}"#),
        .good(
            "a negative lifetime beside a moment", #"{"access_token":"at","expires_in":-5,"expires_at":1767229200}"#,
            .with(lives: 3_600_000)),
        .good(
            "a null lifetime beside a moment", #"{"access_token":"at","expires_in":null,"expires_at":1767229200}"#,
            .with(lives: 3_600_000)),
        .good(
            "a lifetime beside a past moment", #"{"access_token":"at","expires_in":60,"expires_at":1}"#,
            .with(lives: 60_000)),
        .good(
            "other names say nothing unless mapped",
            #"{"access_token":"at","expires":60,"expiresIn":60,"ext_expires_in":60}"#),
        .good(
            "a refresh token that ends before its access token",
            #"{"access_token":"at","expires_in":3600,"refresh_expires_in":60}"#,
            .with(lives: 3_600_000, refreshLives: 60_000)),
        .good(
            "a refresh token's end of zero", #"{"access_token":"at","expires_in":60,"refresh_expires_in":0}"#,
            .with(lives: 60_000)),
        .good("a refresh token's end in words", #"{"access_token":"at","refresh_expires_in":"never"}"#),
        .good("milliseconds", #"{"access_token":"at","expires_in":3600000}"#, .with(lives: 3_600_000)) {
            $0.response.expiry.unit = .milliseconds
        },
        .good("half a millisecond", #"{"access_token":"at","expires_in":0.5}"#) {
            $0.response.expiry.unit = .milliseconds
        },
        .good(
            "milliseconds beyond ten years", #"{"access_token":"at","expires_in":315360000001}"#, .with(lives: tenYears)
        ) { $0.response.expiry.unit = .milliseconds },
    ]
}
