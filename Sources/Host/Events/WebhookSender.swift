package import ConnectorSDK
package import Foundation
package import Model
package import Provider
package import StoreContract

/// Posts events to one address, signed after Standard Webhooks 1.0. The same rules hold as for providers: TLS, no private
/// address unless allowed, no redirect followed.
package struct WebhookSender: Sendable {
    private let url: Secret
    private let signature: WebhookSignature
    private let client: ProviderClient
    private let now: @Sendable () -> Timestamp
    private let body: @Sendable (EventRecord) -> Data

    /// - Parameters:
    ///   - url: a secret, since many receivers have one in the path.
    ///   - now: the wall clock.
    ///   - body: what is sent of an event, as JSON.
    package init(
        url: Secret, signature: WebhookSignature, client: ProviderClient, now: @escaping @Sendable () -> Timestamp,
        body: @escaping @Sendable (EventRecord) -> Data
    ) {
        self.url = url
        self.signature = signature
        self.client = client
        self.now = now
        self.body = body
    }

    /// One try, in at most 15 seconds.
    package func send(_ delivery: Delivery) async -> DeliveryResult {
        Self.result(
            await client.perform(
                Presentation(
                    request(delivery.event), connectTimeout: .seconds(5), hardDeadline: .seconds(10),
                    bodyLimit: 64 << 10, mayWrite: { true })))
    }

    /// The id is the event's, the same at every try; time and signature are this try's.
    func request(_ event: EventRecord) -> WireRequest {
        let (body, time) = (body(event), now().milliseconds / 1000)
        return WireRequest(
            method: "POST", url: url.reveal(),
            headers: [
                WireHeader("Content-Type", "application/json"), WireHeader("webhook-id", event.id),
                WireHeader("webhook-timestamp", String(time)),
                WireHeader("webhook-signature", signature.header(id: event.id, timestamp: time, body: body)),
            ], body: body)
    }

    static func result(_ outcome: PresentationOutcome) -> DeliveryResult {
        switch outcome {
        case .answer(let answer): result(answer)
        // Its status was read; nobody needs the body.
        case .broken(.answerTooLarge, partial: let answer?): result(answer)
        case .broken(let reason, _): .failed(reason.description)
        case .notSent(let reason): .failed(reason.description)
        }
    }

    private static func result(_ answer: WireResponse) -> DeliveryResult {
        switch answer.status {
        case 200..<300: .delivered
        // The receiver says that it wants no more of it. That is said of one message; the operator hears of it.
        case 410: .refused("HTTP 410")
        default: .failed("HTTP \(answer.status)", retryAfter: retryAfter(answer))
        }
    }

    /// In seconds; at most an hour, whatever is asked.
    private static func retryAfter(_ answer: WireResponse) -> Duration? {
        guard [429, 503].contains(answer.status), let text = answer.header("retry-after"), let seconds = UInt32(text)
        else { return nil }
        return .seconds(min(seconds, 3600))
    }
}
