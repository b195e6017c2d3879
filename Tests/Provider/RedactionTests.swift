import Foundation
import Testing

@testable import Provider

@Suite("Redaction of wire values")
struct RedactionTests {
    @Test("SECURITY 31, 56: no way of printing shows a secret, a query or a body")
    func redacts() {
        let certificate = ClientCertificate(
            certificatePEM: Data("CANARY-cert".utf8), privateKeyPEM: Data("CANARY-key".utf8))
        let request = WireRequest(
            method: "POST", url: "https://provider.example/CANARY-path?token=CANARY-query",
            headers: [WireHeader("Authorization", "Bearer CANARY-header")], body: Data("CANARY-body".utf8),
            clientCertificate: certificate)
        let response = WireResponse(
            status: 200, headers: [WireHeader("x-token", "CANARY-answer")], body: Data("CANARY-token".utf8))
        let values: [Any] = [
            request, response, certificate, request.headers, request.headers[0], Optional(request) as Any,
            Presentation(request, connectTimeout: .seconds(1), hardDeadline: .seconds(1), mayWrite: { true }),
            PresentationOutcome.answer(response), PresentationOutcome.broken(.incomplete, partial: response),
        ]
        for value in values {
            var dumped = ""
            dump(value, to: &dumped)
            for text in ["\(value)", String(reflecting: value), dumped] {
                #expect(!text.contains("CANARY"), "\(text)")
                #expect(!text.isEmpty)
            }
        }
        // The canaries are really there.
        #expect(request.url.contains("CANARY") && response.body == Data("CANARY-token".utf8))
    }
}
