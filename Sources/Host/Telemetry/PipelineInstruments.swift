/// What the pipeline measures (DESIGN.md §7). Labels take ids and codes only, never a text from outside.
package struct PipelineInstruments: Sendable {
    /// `{connector, outcome}`: refreshes that ended; the outcome is `refreshed` or a problem code.
    package let refreshes: Counter
    /// Callers that were answered by a refresh somebody else had started.
    package let joinedRefreshes: Counter
    /// `{connector, operation, outcome}`: from handing a request over to having its whole answer.
    package let providerRequests: Histogram
    /// From asking for a line's lease to having it.
    package let leaseWaits: Histogram
    /// One group of audit records, from the first waiting one to the end of its fsync.
    package let auditFlushes: Histogram.Cell

    /// Declares them; the same registry gives the same instruments again.
    package init(in registry: MetricsRegistry) {
        refreshes = registry.counter(
            "refresh_total", "Refreshes that ended, by outcome.", labels: ["connector", "outcome"])
        joinedRefreshes = registry.counter(
            "refresh_joined_total", "Refresh calls that were answered by a refresh already running.")
        providerRequests = registry.histogram(
            "provider_request_duration_seconds", "Time of requests to providers.",
            labels: ["connector", "operation", "outcome"])
        leaseWaits = registry.histogram("lease_wait_seconds", "Time until a lease was had.")
        auditFlushes = registry.histogram(
            "audit_flush_seconds", "Time until a group of audit records was durable."
        ).cell()
    }
}
