package import Telemetry

/// What the relay measures.
package struct EventInstruments: Sendable {
    /// `{sink, outcome}`: tries that ended; the outcome is `delivered`, `failed` or `dead` (given up).
    package let deliveries: Counter

    package init(in registry: MetricsRegistry) {
        deliveries = registry.counter(
            "event_deliveries_total", "Tries to deliver an event that ended.", labels: ["sink", "outcome"])
    }
}
