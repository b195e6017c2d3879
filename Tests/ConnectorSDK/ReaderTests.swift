import ConnectorSDK
import Foundation
import Testing

@Suite struct ReaderTests {
    @Test(
        arguments: [
            ("{}", .object([:])), (" [ ] ", .array([])), ("\u{FEFF}null", .null), ("true", .bool(true)),
            ("-0.5e+10", .number("-0.5e+10")),
            ("12345678901234567890.10", .number("12345678901234567890.10")),
            ("\"a\\u00e4\\ud83d\\ude00\\n\\/\"", .string("aä😀\n/")),
            ("\"\\ud83d\"", .string("\u{FFFD}")), ("\"\\ud83dx\"", .string("\u{FFFD}x")),
            ("\"\\ud83d\\u0041\"", .string("\u{FFFD}A")), ("\"\\udc00\"", .string("\u{FFFD}")),
            ("{\"a\":1,\"a\":2}", .object(["a": .number("2")])),
            ("[1,[2,{\"b\":[]}]]", .array([.number("1"), .array([.number("2"), .object(["b": .array([])])])])),
            ("\"\\u0000\"", .string("\u{0}")),
        ] as [(String, JSONValue)])
    func readsJSON(text: String, value: JSONValue) throws { #expect(try JSONReader.read(text.utf8) == value) }

    @Test(arguments: [
        "", " ", "{", "[", "\"", "\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "[1", "[1,", "tru", "-", "1.",
        "1e", "\"\\", "\"\\u12",
        "{\"access_token\":\"abc\",\"expires_in\":36",
    ])
    func knowsWhereATextIsCut(text: String) {
        if text == "{\"access_token\":\"abc\",\"expires_in\":36" {
            #expect(throws: JSONReader.Failure.cut) { try JSONReader.read(text.utf8) }
        }
        #expect(throws: JSONReader.Failure.cut) { try JSONReader.read(text.utf8) }
    }

    @Test(arguments: [
        "{} x", "{,}", "{\"a\":1,}", "[1,]", "[,1]", "{a:1}", "{'a':1}", "01", "+1", ".5", "0x1", "NaN", "Infinity",
        "tRue", "\"\u{1}\"", "\"\\x\"", "\"\\u12g4\"",
        "// x", "[1 2]", "{\"a\" 1}", "<html>", "access_token=a", "1 2", "--1", "]",
    ])
    func refusesWhatIsNoJSON(text: String) {
        #expect { try JSONReader.read(text.utf8) } throws: {
            if case .malformed? = $0 as? JSONReader.Failure { true } else { false }
        }
    }

    @Test("SECURITY 43: depth and length are limited") func limits() throws {
        let deep = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect((try? JSONReader.read(deep(32).utf8)) != nil)
        #expect(throws: JSONReader.Failure.tooDeep) { try JSONReader.read(deep(33).utf8) }
        #expect(throws: JSONReader.Failure.tooDeep) {
            try JSONReader.read(String(repeating: "{\"a\":", count: 100_000).utf8)
        }
        #expect(throws: JSONReader.Failure.tooLong) {
            try JSONReader.read([UInt8](repeating: 0x20, count: JSONReader.longest + 1))
        }
        #expect(try JSONReader.read([0x22, 0xFF, 0x22]) == .string("\u{FFFD}"))
    }

    @Test func writesWhatItReads() throws {
        let text = #"{"a":[1.50,true,null,"\"\\\u000a\u0000ä"],"b":{}}"#
        #expect(JSONWriter.text(try JSONReader.read(text.utf8)) == text)
    }

    @Test(
        arguments: [
            ("a=1&b=2", ["a": "1", "b": "2"]), ("a=x+y%20z%2B", ["a": "x y z+"]), ("a&b=", ["a": "", "b": ""]),
            ("a=b=c", ["a": "b=c"]), ("a=1&a=2", ["a": "2"]),
            ("", [:]), ("a=%", nil), ("a=%zz", nil), ("a=%ff", nil), ("a= b", nil), ("<a>=1", nil), ("a=1\nb=2", nil),
            ("a=\"b\"", nil), ("ä=1", nil),
        ] as [(String, [String: String]?)])
    func readsForms(text: String, fields: [String: String]?) { #expect(FormReader.read(text.utf8) == fields) }

    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777_000), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777_000),
            ("Sun Nov  6 08:49:37 1994", 784_111_777_000),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199_000),
            ("Wed, 29 Feb 2023 00:00:00 GMT", nil),
            ("Sun, 06 Nov 1994 08:49:37 PST", nil), ("Sun, 06 Nov 1994 24:00:00 GMT", nil),
            ("Sun, 32 Nov 1994 08:00:00 GMT", nil), ("soon", nil), ("", nil),
            ("Sun, 06 XXX 1994 08:49:37 GMT", nil), ("1, 06 Nov 1994 08:49:37 GMT", nil), ("a b c d e f g", nil),
            ("Sun, 06 Nov 1994 08:49 GMT", nil),
        ] as [(String, Int64?)])
    func readsHTTPDates(text: String, date: Int64?) { #expect(DateReader.httpDate(text) == date) }

    @Test(
        arguments: [
            ("1994-11-06T08:49:37Z", 784_111_777_000), ("1994-11-06t09:49:37.250+01:00", 784_111_777_250),
            ("1994-11-06 03:49:37-05:00", 784_111_777_000),
            ("2100-03-01T00:00:00Z", 4_107_542_400_000), ("2000-02-29T00:00:00Z", 951_782_400_000),
            ("2100-02-29T00:00:00Z", nil), ("1994-11-06T08:49:37", nil),
            ("1994-11-06", nil), ("1994-13-06T08:49:37Z", nil), ("1994-11-06T08:49:37.Z", nil),
            ("1994-11-06T08:49:37+0100", nil), ("1994-11-06T8:49:37.000Z", nil),
            ("١٩٩٤-11-06T08:49:37Z", nil), ("1994-11-06T08:49:37+25:00", nil), ("", nil),
        ] as [(String, Int64?)])
    func readsRFC3339(text: String, date: Int64?) { #expect(DateReader.rfc3339(text) == date) }

    @Test func agreesWithFoundationOnEveryMonthOf200Years() {
        let formatter = ISO8601DateFormatter()
        for month in 0..<2_400 {
            let text = String(format: "%04d-%02d-%02dT12:34:56Z", 1970 + month / 12, month % 12 + 1, month % 28 + 1)
            #expect(
                DateReader.rfc3339(text) == formatter.date(from: text).map { Int64($0.timeIntervalSince1970) * 1000 })
        }
    }

    @Test(
        arguments: [
            ("120", .seconds(120)), ("1.5", .seconds(1.5)), ("Sun, 06 Nov 1994 08:50:37 GMT", .seconds(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", .zero),
            ("999999999", .seconds(86_400)), ("-5", nil), ("inf", nil), ("0x10", nil), ("later", nil), ("1e999", nil),
            ("Fri, 31 Dec 1999 23:59:59 GMT", .seconds(86_400)),
        ] as [(String, Duration?)])
    func readsRetryAfter(text: String, duration: Duration?) {
        let headers = [ProviderResponse.Header(name: "retry-after", value: text)]
        let response = ProviderResponse(status: 429, headers: headers, body: Data(), receivedAt: 784_111_777_000)
        #expect(response.retryAfter == duration)
    }

    @Test(
        arguments: [
            (.number("1e3"), 1000), (.string(" 3600 "), 3600), (.string("3599.5"), 3599.5), (.number("1e999"), nil),
            (.string("1h"), nil), (.string("nan"), nil),
            (.bool(true), nil), (.null, nil), (.string(""), nil), (.string("0x10"), nil),
        ] as [(JSONValue, Double?)])
    func decimals(value: JSONValue, number: Double?) { #expect(value.decimal == number) }

    @Test func vacancyAndSameness() {
        for vacant: JSONValue in [.null, .bool(false), .number("0.0"), .string(""), .array([]), .object([:])] {
            #expect(vacant.isVacant)
        }
        for full: JSONValue in [.bool(true), .number("1"), .string("0"), .array([.null]), .object(["a": .null])] {
            #expect(!full.isVacant)
        }
        #expect(JSONValue.number("1").isSame(as: .number("1.0")))
        #expect(!JSONValue.number("1").isSame(as: .string("1")))
    }
}
