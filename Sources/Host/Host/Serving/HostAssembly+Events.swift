import API
import Events
import Foundation
import Pipeline
import Provider
import ServiceLifecycle
import Settings
import StoreContract
import Telemetry

extension HostAssembly {
    /// The relay to the webhook, if there is one. It starts before whoever writes events and ends after them.
    func webhookRelay(_ store: any Store, _ metrics: MetricsRegistry) async throws -> [any Service] {
        guard let webhook = settings.webhook else { return [] }
        guard let signature = WebhookSignature(secret: webhook.secret) else {
            throw StartFailure("WEBHOOK_SECRET cannot be used.", code: .wrongUsage)
        }
        try await store.write { try $0.openSink(WebhookRelay.sink) }
        let client = try ProviderClient(policy: EgressPolicy(settings.egress))
        let sender = WebhookSender(
            url: webhook.url, signature: signature, client: client, now: { .wallClock }, body: { Data($0.json) })
        let relay = OutboxRelay(
            sink: WebhookRelay.sink, store: store, metrics: EventInstruments(in: metrics), logger: logger,
            send: { await sender.send($0) })
        return [WebhookRelay(relay, end: { await client.shutdown() })]
    }
}
