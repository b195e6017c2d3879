import ConnectorSDK
import Foundation
import Pipeline
import Testing

@testable import API

/// A line of `connections import` as another system would write it.
@Suite struct ImportLineTests {
    @Test("the least that another system has: a connector and a refresh token")
    func least() throws {
        let line = try read(#"{"connector":"acme","refresh_token":"made-up"}"#)
        #expect(line.organization == nil && line.request.connector == "acme" && line.request.grant == "refresh_token")
        #expect(line.request.refreshToken == Secret("made-up") && line.request.client == "default")
        #expect(line.request.captured.isEmpty && line.request.name == nil)
    }

    @Test("everything that a call takes, and what belongs to a line")
    func whole() throws {
        let line = try read(
            #"{"organization":"org-1","connector":"acme","grant":"jwt_bearer","subject":"ada","name":"n","client":"c","#
                + #""owner":"ada","scopes":["a"],"inputs":{"shop":"x"},"captured":{"realm":"7"},"metadata":{"k":1}}"#)
        #expect(
            line.organization == "org-1" && line.request.subject == "ada" && line.request.captured == ["realm": "7"])
        #expect(line.request.name == "n" && line.request.client == "c" && line.request.owner == "ada")
        #expect(line.request.scopes == ["a"] && line.request.inputs == ["shop": "x"])
        #expect(line.request.metadata == #"{"k":1}"#)
    }

    @Test("one form however it is written, so that it is known again")
    func form() throws {
        let (first, second) = (
            try read(#"{"connector":"acme","refresh_token":"t"}"#),
            try read("{ \"refresh_token\": \"t\", \"connector\": \"acme\", \"grant\": \"refresh_token\" }\r")
        )
        #expect(first.text == second.text)
        #expect(try read(#"{"connector":"acme","refresh_token":"u"}"#).text != first.text)
    }

    @Test(
        "what is wrong is named",
        arguments: [
            ("", "grant"), ("[]", "JSON object"), ("{", "JSON"), (#"{"refresh_token":"t"}"#, "connector"),
            (#"{"connector":"Acme","refresh_token":"t"}"#, "connector"), (#"{"connector":"acme"}"#, "grant"),
            (#"{"connector":"acme","refresh_token":"t","conector":"x"}"#, "conector"),
            (#"{"connector":"acme","refresh_token":"t","connection":"conn_1"}"#, "connection"),
            (#"{"connector":"acme","refresh_token":"t","organization":"a b"}"#, "organization"),
            (#"{"connector":"acme","refresh_token":"t","captured":{"a":1}}"#, "captured"),
        ])
    func wrong(_ text: String, _ says: String) {
        let problem = #expect(throws: PipelineError.self) { try read(text) }
        let told = (problem?.detail ?? "") + (problem?.fields.map(\.name).joined(separator: " ") ?? "")
        #expect(told.contains(says), "\(told)")
    }

    private func read(_ text: String) throws -> ImportLine { try ImportLine(reading: Data(text.utf8)) }
}
