import ConnectorSDK
import Foundation
import Model
import NIOCore
import Testing

@testable import API
@testable import Pipeline

@Suite struct JSONOutputTests {
    private func token(
        _ access: String = "tok", metadata: String = "{}", captured: [String: String] = [:],
        warnings: [TokenView.Warning] = []
    ) -> TokenView {
        TokenView(
            accessToken: Secret(access), tokenType: "Bearer", expiresAt: Timestamp(milliseconds: 1_800_000_000_120),
            expiresIn: 3599,
            generation: 4, name: "default", scopes: ["a", "b"], captured: captured, metadata: metadata,
            warnings: warnings)
    }

    private func object(_ buffer: ByteBuffer) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(buffer.readableBytesView)) as? [String: Any])
    }

    @Test func aTokenIsWrittenAsDesigned() {
        let warning = TokenView.Warning(code: "refresh_failing", detail: "d")
        let text = String(
            buffer: token(metadata: #"{"x":1}"#, captured: ["b": "2", "a": "1"], warnings: [warning]).json())
        #expect(
            text == """
                {"access_token":"tok","token_type":"Bearer","expires_at":"2027-01-15T08:00:00.120Z","expires_in":3599,"generation":4,\
                "name":"default","scopes":["a","b"],"captured":{"a":"1","b":"2"},"metadata":{"x":1},\
                "warnings":[{"code":"refresh_failing","detail":"d"}]}
                """)
        #expect(String(buffer: token().json(outcome: .joined)).hasSuffix(#""warnings":[],"outcome":"joined"}"#))
    }

    @Test func unknownLifetimesAreNull() throws {
        var view = token()
        view.expiresAt = nil
        view.expiresIn = nil
        view.metadata = ""
        let json = try object(view.json())
        #expect(json["expires_at"] is NSNull && json["expires_in"] is NSNull)
        #expect((json["metadata"] as? [String: Any])?.isEmpty == true)
    }

    @Test func everyTextComesBackAsItWas() throws {
        var texts = ["\"", "\\", "\u{0}\u{1}\u{1f}\u{7f}", "line\nbreak\r\t", "é€😀\u{2028}\u{FEFF}", "</script>", ""]
        for _ in 0..<300 {
            let scalars = (0..<12).compactMap { _ in Unicode.Scalar(UInt32.random(in: 0...0x2FFF)) }
            texts.append(String(String.UnicodeScalarView(scalars)))
        }
        for text in texts {
            let json = try object(token(text, captured: [text: text]).json())
            #expect(json["access_token"] as? String == text)
            let captured = try #require(json["captured"] as? [String: String])
            #expect(
                captured.first.map {
                    Array($0.key.utf8) == Array(text.utf8) && Array($0.value.utf8) == Array(text.utf8)
                } == true)
        }
    }

    @Test func numbersAndNesting() throws {
        var json = JSONOutput()
        json.object {
            $0.member("int", Int64.min)
            $0.member("float", 0.25)
            $0.member("nan", Double.nan)
            $0.member("flag", false)
            $0.member("none", nil as String?)
            $0.memberIfSet("missing", nil)
            $0.member("list", each: [1, 2] as [Int64]) { json, number in json.object { $0.member("n", number) } }
        }
        #expect(
            String(buffer: json.buffer)
                == #"{"int":-9223372036854775808,"float":0.25,"nan":null,"flag":false,"none":null,"list":[{"n":1},{"n":2}]}"#
        )
    }

    @Test func timesAreThoseOfFoundation() throws {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        var times: [Int64] = [
            0, 1, 951_782_399_999, 951_782_400_000, 4_107_542_399_999, 1_709_164_800_000, 253_402_300_799_999,
        ]
        times += (0..<2000).map { _ in Int64.random(in: 0...253_402_300_799) * 1000 }
        for time in times {
            let date = Date(timeIntervalSince1970: Double(time / 1000))
            let expected = formatter.string(from: date).prefix(20) + String(format: "%03dZ", Int(time % 1000))
            #expect(TimeText.text(Timestamp(milliseconds: time)) == expected)
        }
        #expect(TimeText.text(Timestamp(milliseconds: .max)) == "9999-12-31T23:59:59.999Z")
        #expect(TimeText.text(Timestamp(milliseconds: -5)) == "1970-01-01T00:00:00.000Z")
    }

    @Test func datesOfAnswersAreThoseOfRFC9110() {
        #expect(TimeText.httpDate(second: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(TimeText.httpDate(second: 0) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(TimeText.httpDate(second: 1_709_251_199) == "Thu, 29 Feb 2024 23:59:59 GMT")
    }

    @Test func durationsReadAsTheyWereWritten() {
        let texts = [(0, "0s"), (45, "45s"), (60, "1m"), (5400, "90m"), (7200, "2h"), (7_776_000, "90d")].map {
            (durationText(.seconds($0)), $1)
        }
        for (written, expected) in texts { #expect(written == expected) }
    }
}
