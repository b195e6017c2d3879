import Foundation
import TestSupport
import Testing

/// Key files and forms that nobody sends by accident.
@Suite(.serialized) struct HostileUploadTests {
    private static let type = "multipart/form-data; boundary=XX"
    private static let route = "/api/v1/connectors/google-service-account/credentials"
    private static let key = "-----BEGIN PRIVATE KEY-----\ncanary-uploaded-key\n-----END PRIVATE KEY-----\n"

    /// A body, its type, and the problem codes it may get.
    private struct Case {
        var name: String
        var body: Data
        var type: String
        var codes: Set<String>

        init(_ name: String, _ body: String, type: String = HostileUploadTests.type, _ codes: String...) {
            self.init(name, bytes: Data(body.utf8), type: type, codes)
        }

        init(_ name: String, bytes: Data, type: String = HostileUploadTests.type, _ codes: [String]) {
            (self.name, body, self.type, self.codes) = (name, bytes, type, Set(codes))
        }
    }

    private static func form(_ content: String, headers: String = "Content-Disposition: form-data; name=\"file\"")
        -> String
    { "--XX\r\n\(headers)\r\n\r\n\(content)\r\n--XX--\r\n" }

    /// A key that can sign.
    private static func realKey(_ host: TestHost) async throws -> String {
        let file = host.folder.appendingPathComponent("uploaded.pem")
        let made = try await Tool.run(
            "openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", file.path,
            log: Tool.log(in: host.folder, "openssl"))
        guard made.code == 0 else { throw Failure("openssl: \(made.output)") }
        let text = try String(contentsOf: file, encoding: .utf8)
        try FileManager.default.removeItem(at: file)
        try TestFolders.noteCanaries([String(text.dropFirst(100).prefix(50))])
        return text
    }

    private static func file(_ members: [String: any Sendable]) -> String {
        String(decoding: (try? JSONSerialization.data(withJSONObject: members)) ?? Data(), as: UTF8.self)
    }

    private static let good = file(["client_email": "robot@project.example", "private_key": key, "type": "x"])

    private static let cases: [Case] = [
        Case("a form without boundary", form(good), type: "multipart/form-data", "unsupported_media_type"),
        Case("another boundary", form(good), type: "multipart/form-data; boundary=YY", "malformed"),
        Case(
            "a boundary of 100", form(good), type: type + String(repeating: "X", count: 100), "unsupported_media_type"),
        Case("another kind of form", form(good), type: "multipart/mixed; boundary=XX", "unsupported_media_type"),
        Case("a URL form", "client_email=x", type: "application/x-www-form-urlencoded", "unsupported_media_type"),
        Case("no form at all", good, "malformed"),
        Case("cut in the file", String(form(good).dropLast(30)), "malformed"),
        Case("cut in the headers", "--XX\r\nContent-Dispo", "malformed"),
        Case("an unending header", "--XX\r\n" + String(repeating: "a", count: 100_000), "malformed"),
        Case("a thousand headers", form(good, headers: String(repeating: "a: b\r\n", count: 1000)), "malformed"),
        Case(
            "two files", "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{}\r\n" + form(good),
            "invalid_input"),
        Case("a file behind the end", form(good) + form(good), "malformed"),
        Case(
            "base64", form("e30=", headers: "Content-Disposition: form-data\r\nContent-Transfer-Encoding: base64"),
            "unsupported_media_type"),
        Case("an empty file", form(""), "invalid_input", "malformed"), Case("no JSON", form("key"), "malformed"),
        Case("an array", form("[]"), "malformed"), Case("half JSON", form("{\"client_email\":"), "malformed"),
        Case("deep JSON", form(String(repeating: "[", count: 100_000)), "malformed"),
        Case(
            "no UTF-8",
            bytes: Data("--XX\r\nContent-Disposition: form-data\r\n\r\n".utf8) + Data([0xFF, 0xFE])
                + Data("\r\n--XX--\r\n".utf8), ["malformed"]),
        Case("a file of somebody else", form(file(["web": ["client_id": "x"]])), "invalid_input"),
        Case("numbers", form(file(["client_email": 7, "private_key": key])), "invalid_input"),
        Case("no address", form(file(["client_email": "robot\r\nX: y", "private_key": key])), "invalid_input"),
        Case(
            "an empty key", form(file(["client_email": "robot@project.example", "private_key": ""])), "invalid_input"),
        Case(
            "a key that is none", form(file(["client_email": "robot@project.example", "private_key": key])),
            "invalid_input"),
        Case("a key of 9 KiB", form(file(["private_key": String(repeating: "k", count: 9000)])), "invalid_input"),
        Case("the literal set", form(file(["private_key": "set"])), "invalid_input"),
        Case("2 MiB", form(String(repeating: " ", count: 2 << 20) + "{}"), "payload_too_large"),
        Case("JSON with a member of nobody's", good, type: "application/json", "invalid_input"),
        Case("JSON with a plain input", #"{"client_id":"x"}"#, type: "application/json", "invalid_input"),
        Case("JSON with a list", #"{"private_key":["x"]}"#, type: "application/json", "invalid_input"),
    ]

    @Test("each gets a clean refusal, changes nothing and repeats nothing; a good file is taken after all of them")
    func refusals() async throws {
        try TestFolders.noteCanaries(["canary-uploaded-key"])
        let host = try TestHost("hostile-uploads")
        let child = try await host.start()
        for test in Self.cases {
            let answer = try await Self.put(test.body, test.type, host)
            #expect([400, 413, 415, 422].contains(answer.status), "\(test.name): \(answer.status) \(answer.text)")
            #expect(answer.header("Content-Type") == "application/problem+json", "\(test.name)")
            #expect(test.codes.contains(answer.json["code"] as? String ?? ""), "\(test.name): \(answer.text)")
            #expect(!answer.text.contains("canary-uploaded-key"), "\(test.name)")
        }
        let admin = CallerTokens().user()
        let before = try await host.call("GET", Self.route, token: admin)
        #expect((before.json["fields"] as? [String: String])?.isEmpty == true)
        let real = try await Self.file(["client_email": "robot@project.example", "private_key": Self.realKey(host)])
        let taken = try await Self.put(Data(Self.form(real).utf8), Self.type, host)
        #expect(taken.status == 200 && taken.json["configured"] as? Bool == true, "\(taken.text)")
        let junk = try await Self.put(Data(Self.form(Self.good).utf8), Self.type, host)
        #expect(junk.status == 422 && junk.text.contains("private_key"), "what cannot sign replaces nothing that can")
        let removed = try await host.call("PUT", Self.route, token: admin, json: ["private_key": NSNull()])
        #expect(removed.json["fields"] as? [String: String] == ["client_email": "set"])
        #expect(removed.json["configured"] as? Bool == false, "the key is missing")
        try await host.stop(child)
    }

    @Test("a good form with bytes cut out and changed at random is never a 500")
    func damaged() async throws {
        let host = try TestHost("damaged-uploads")
        let child = try await host.start()
        var random = SeededNumbers(state: 20_261_129)
        let good = Array(Self.form(Self.good).utf8)
        for _ in 0..<400 {
            var bytes = good
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(index..<min(bytes.count, index + 1 + index % 40))
                default: bytes.insert(contentsOf: [0x0D, 0x0A, 0x2D, 0x2D, 0x58, 0x58], at: index)
                }
                if bytes.isEmpty { bytes = [0x2D] }
            }
            let answer = try await Self.put(Data(bytes), Self.type, host)
            #expect([200, 400, 415, 422].contains(answer.status), "\(answer.status): \(bytes)")
        }
        #expect(try await host.probe.send("GET", host.url + "/ready").status == 200)
        try await host.stop(child)
    }

    private static func put(_ body: Data, _ type: String, _ host: TestHost) async throws -> HTTPProbe.Answer {
        try await host.probe.send(
            "PUT", host.url + route, token: CallerTokens().user(), body: body, headers: ["Content-Type": type])
    }
}

/// The same numbers in every run (SplitMix64).
private struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var number = state
        number = (number ^ (number >> 30)) &* 0xBF58_476D_1CE4_E5B9
        number = (number ^ (number >> 27)) &* 0x94D0_49BB_1331_11EB
        return number ^ (number >> 31)
    }
}
