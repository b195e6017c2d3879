import ConnectorSDK
import Foundation
import Model
import Provider
import StoreContract
import Testing

@testable import Events

@Suite struct WebhookTests {
    @Test(
        "published examples of the signature",
        arguments: [
            // https://docs.svix.com/receiving/verifying-payloads/how-manual
            (
                "whsec_plJ3nmyCDGBKInavdOK15jsl", "msg_loFOjxBNrRLzqYUf", 1_731_705_121 as Int64,
                #"{"event_type":"ping","data":{"success":true}}"#, "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="
            ),
            // The libraries of github.com/standard-webhooks/standard-webhooks.
            (
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330,
                #"{"test": 2432232314}"#, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
            ),
        ])
    func signature(_ secret: String, _ id: String, _ time: Int64, _ body: String, _ expected: String) throws {
        let signature = try #require(WebhookSignature(secret: Secret(secret)))
        #expect(signature.header(id: id, timestamp: time, body: Data(body.utf8)) == expected)
        #expect(signature.header(id: id, timestamp: time + 1, body: Data(body.utf8)) != expected)
    }

    @Test(arguments: ["", "whsec_", "whsec_!", "plJ3nmyCDGBKInavdOK15jsl"])
    func whatIsNoSecret(_ text: String) { #expect(WebhookSignature(secret: Secret(text)) == nil) }

    @Test func `a request is signed for what it says`() async throws {
        try await withSender("https://events.example.com/hooks") { sender, signature in
            let request = sender.request(event("a1"))
            let body = Data("body of a1".utf8)
            #expect(request.method == "POST" && request.url == "https://events.example.com/hooks")
            #expect(request.body == body)
            let headers = Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name, $0.value) })
            #expect(
                headers == [
                    "Content-Type": "application/json", "webhook-id": "a1", "webhook-timestamp": "1800000000",
                    "webhook-signature": signature.header(id: "a1", timestamp: 1_800_000_000, body: body),
                ])
        }
    }

    @Test(
        "no private address, and no http to another machine, unless allowed",
        arguments: [
            ("https://127.0.0.1/x", "address is private"), ("https://10.1.2.3/x", "address is private"),
            ("https://[::1]/x", "address is private"), ("http://192.0.2.1/x", "may not be sent"),
        ])
    func egress(_ url: String, _ says: String) async throws {
        try await withSender(url) { sender, _ in
            let delivery = Delivery(sink: "s", sequence: 1, event: event("a1"), takenAt: .distantPast)
            guard case .failed(let failure, nil) = await sender.send(delivery) else {
                Issue.record("it was sent")
                return
            }
            #expect(failure.contains(says))
        }
    }

    @Test func `what an outcome means`() {
        func answer(_ status: Int, _ headers: [WireHeader] = []) -> DeliveryResult {
            WebhookSender.result(.answer(WireResponse(status: status, headers: headers)))
        }
        for status in [200, 201, 204, 299] { #expect(answer(status) == .delivered) }
        for status in [100, 301, 302, 307, 400, 401, 404, 500, 503] {
            #expect(answer(status) == .failed("HTTP \(status)"))
        }
        #expect(answer(410) == .refused("HTTP 410"))
        #expect(
            answer(429, [WireHeader("retry-after", "30")]) == .failed("HTTP 429", retryAfter: .seconds(30)))
        #expect(
            answer(503, [WireHeader("retry-after", "999999")]) == .failed("HTTP 503", retryAfter: .seconds(3600)))
        for odd in ["soon", "-1", "1.5", ""] {
            #expect(answer(429, [WireHeader("retry-after", odd)]) == .failed("HTTP 429"))
        }
        #expect(answer(500, [WireHeader("retry-after", "30")]) == .failed("HTTP 500"))
        let large = WireResponse(status: 200)
        #expect(WebhookSender.result(.broken(.answerTooLarge, partial: large)) == .delivered)
        #expect(
            WebhookSender.result(.broken(.incomplete, partial: large)) == .failed("the answer ended early"))
        #expect(WebhookSender.result(.notSent(.connectFailed)) == .failed("no connection to the host"))
    }

    private func withSender(
        _ url: String, _ body: (WebhookSender, WebhookSignature) async throws -> Void
    ) async throws {
        let signature = try #require(WebhookSignature(secret: Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")))
        let client = try ProviderClient(policy: EgressPolicy())
        let sender = WebhookSender(
            url: Secret(url), signature: signature, client: client,
            now: { Timestamp(milliseconds: 1_800_000_000_999) }, body: { Data("body of \($0.id)".utf8) })
        do { try await body(sender, signature) } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
    }
}
