import NIOCore
import Pipeline
import Testing

@testable import API

/// A form with one file, and everything else that calls itself one.
@Suite struct OnePartFormTests {
    private static let type = "multipart/form-data; boundary=XX"
    private static let disposition = "Content-Disposition: form-data; name=\"file\"; filename=\"key.json\""

    private static func body(_ content: String, headers: [String] = [disposition], boundary: String = "XX") -> String {
        "--\(boundary)\r\n" + (headers + ["", content, "--\(boundary)--", ""]).joined(separator: "\r\n")
    }

    private static func read(_ body: String, type: String? = type) throws -> String? {
        try OnePartForm.content(of: ByteBuffer(string: body), type: type).map { String(buffer: $0) }
    }

    @Test(
        "what browsers and curl send",
        arguments: [
            "{}", "", "{\"a\":\"b\"}\r\n", "\r\n--X", "--XX", "line\r\nline\n", "\r\n--XY--\r\n", "ünï",
        ])
    func good(content: String) throws {
        #expect(try Self.read(Self.body(content)) == content)
        #expect(try Self.read(String(Self.body(content).dropLast(1))) == content, "the last line break may be missing")
    }

    @Test(arguments: [
        ("multipart/form-data; boundary=\"a b:c\"", "a b:c"), ("Multipart/Form-Data;charset=utf-8;Boundary=XX ", "XX"),
        (
            "multipart/form-data; boundary=------------------------d74496d66958873e",
            "------------------------d74496d66958873e"
        ),
    ])
    func boundaries(type: String, boundary: String) throws {
        #expect(try Self.read(Self.body("{}", boundary: boundary), type: type) == "{}")
    }

    @Test func moreHeadersDoNoHarm() throws {
        let headers = ["Content-Type: application/json", Self.disposition, "Content-Transfer-Encoding: 8bit"]
        #expect(try Self.read(Self.body("{}", headers: headers)) == "{}")
    }

    @Test(arguments: [nil, "application/json", "multipart/mixed; boundary=XX", "text/multipart/form-data", ""])
    func otherTypesAreNoForms(type: String?) throws { #expect(try Self.read(Self.body("{}"), type: type) == nil) }

    @Test(arguments: [
        "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=X;boundary=X", "multipart/form-data; boundary=ä",
        "multipart/form-data; boundary=\"a\\b\"", "multipart/form-data; boundary=\(String(repeating: "x", count: 71))",
        "multipart/form-data; boundary=\"x \"", "multipart/form-data; boundary=a{b",
    ])
    func wrongBoundaries(type: String) {
        expect(.unsupportedMediaType) { _ = try Self.read(Self.body("{}"), type: type) }
    }

    @Test(
        "bodies that are broken",
        arguments: [
            "", "--", "--XX", "--XX--", "--XX--\r\n", "--XX\r\n", "XX\r\n", "preamble\r\n" + body("{}"),
            "\r\n" + body("{}"),
            body("{}") + "more", body("{}") + "\r\n", body("{}").replacing("\r\n", with: "\n"),
            String(body("{}").dropLast(4)),
            body("{}").replacing("--XX--", with: "--XXX--"), body("{}", headers: []),
            body("{}", headers: ["Content-Type: application/json"]),
            body("{}", headers: ["Content-Disposition: attachment"]), body("{}", headers: [disposition, disposition]),
            body("{}", headers: [disposition, "no colon"]), body("{}", headers: [disposition, "bad name: x"]),
            body("{}", headers: [disposition, ": x"]), body("{}", headers: [disposition, "a: x\u{0}"]),
            body("{}", headers: [disposition, "a: x\ny: z"]), body("{}", headers: [disposition, " folded: x"]),
            body("{}", headers: [disposition, "long: " + String(repeating: "x", count: 5000)]),
            "--XX\r\n\(disposition)\r\n", "--XX\r\n\(disposition)\r\n\r\n{}\r\n--XX",
        ])
    func broken(body: String) { expect(.malformed) { _ = try Self.read(body) } }

    @Test func headersThatAreNoUTF8AreMalformed() {
        var bytes = ByteBuffer(string: "--XX\r\n\(Self.disposition)\r\nx: ")
        bytes.writeBytes([0xFF])
        bytes.writeString("\r\n\r\n{}\r\n--XX--\r\n")
        expect(.malformed) { _ = try OnePartForm.content(of: bytes, type: Self.type) }
    }

    @Test func aSecondPartIsRefused() {
        let two = "--XX\r\n\(Self.disposition)\r\n\r\n{}\r\n" + Self.body("{}")
        expect(.invalidInput) { _ = try Self.read(two) }
        expect(.invalidInput) { _ = try Self.read(Self.body("{}").replacing("--XX--", with: "--XX")) }
    }

    @Test(arguments: ["base64", "quoted-printable", "x-token"]) func encodedPartsAreRefused(encoding: String) {
        let headers = [Self.disposition, "Content-Transfer-Encoding: \(encoding)"]
        expect(.unsupportedMediaType) { _ = try Self.read(Self.body("e30=", headers: headers)) }
    }

    @Test("a body that begins many boundaries is read in time that grows with its length only")
    func manyBeginnings() {
        let body = "--XX\r\n\(Self.disposition)\r\n\r\n" + String(repeating: "\r\n--X", count: 200_000)
        expect(.malformed) { _ = try Self.read(body) }
    }
}
