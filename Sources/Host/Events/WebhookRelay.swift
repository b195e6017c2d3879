import ServiceLifecycle

/// The relay to the webhook, with the client that only it uses: a receiver that hangs takes nothing from the providers.
package struct WebhookRelay: Service {
    /// The sink's name in the store. A changed address goes on where the one before it ended.
    package static let sink = "webhook"

    private let relay: OutboxRelay
    private let end: @Sendable () async -> Void

    /// - Parameter end: called when nothing is under way any more.
    package init(_ relay: OutboxRelay, end: @escaping @Sendable () async -> Void) {
        self.relay = relay
        self.end = end
    }

    package func run() async throws {
        try await relay.run()
        await end()
    }
}
