import Audit
import Definitions
import Model
import Secrets
import Spool
import StoreContract

/// Health: each part asked, bounded in time.
extension TokenPipeline {
    /// `unhealthy` when store, keys or audit are ill; `degraded` when something else is.
    package func health() async -> HealthReport {
        let store = await health(by: sharedReads.storeCheck)
        let services: [(name: String, health: PartHealth)] = [
            ("store", store),
            ("keys", await keyHealth()),
            ("audit", auditHealth()),
            ("connectors", await connectorHealth(asking: store.status == .healthy)),
            ("events", await eventHealth()),
            ("cache", PartHealth(status: .healthy, latency: .zero)),
            ("config", configHealth()),
        ]
        let worst = services.map(\.health.status).max() ?? .healthy
        return HealthReport(status: worst, at: parts.store.now, services: services)
    }

    /// Gauges of the moment, for the metrics page.
    package func gauges() async -> [(name: String, labels: [(String, String)], value: Double)] {
        var gauges: [(name: String, labels: [(String, String)], value: Double)] = [
            ("spool_entries", [], Double(parts.spool.entries.count)),
            ("definition_errors", [], Double(definitionErrors)),
        ]
        // No value is better than a reassuring one that nobody has read.
        if let sink = try? await sharedReads.sinkState.value() {
            gauges.append(("outbox_lag_seconds", [], lag(of: sink).inSeconds))
            gauges.append(("outbox_dead_letters", [], Double(sink.dead)))
        }
        let counts = (try? await sharedReads.connectionCounts.value()) ?? []
        let grouped = Dictionary(grouping: counts) { [$0.connector, $0.status.rawValue] }
        for (labels, rows) in grouped {
            gauges.append(
                (
                    "connections", [("connector", labels[0]), ("status", labels[1])],
                    Double(rows.map(\.count).reduce(0, +))
                ))
        }
        return gauges
    }

    private var definitionErrors: Int {
        parts.connectors.registry.snapshot.diagnostics.count { $0.severity == .error }
    }

    private func health(by check: Recent<Void>) async -> PartHealth {
        let answer = await check.answer()
        switch answer.result {
        case .success: return PartHealth(status: .healthy, latency: answer.latency)
        case .failure(let error):
            return PartHealth(
                status: .unhealthy, latency: answer.latency, detail: PipelineError(wrapping: error).code.rawValue)
        }
    }

    private func keyHealth() async -> PartHealth {
        var health = await health(by: sharedReads.keyCheck)
        let lacking = knownHosts.lackingKeys.sorted().joined(separator: ", ")
        guard health.status == .healthy, !lacking.isEmpty else { return health }
        health.status = .degraded
        health.detail = "other hosts seal with keys that are not here: \(lacking); copy their files (KEY_PROVIDER)"
        return health
    }

    private func auditHealth() -> PartHealth {
        let health = parts.audit.health
        return PartHealth(status: health.isHealthy ? .healthy : .unhealthy, latency: .zero, detail: health.reason)
    }

    /// Readers of the API read the outbox itself; only a sink can be behind, or have been given up on.
    private func eventHealth() async -> PartHealth {
        let answer = await sharedReads.sinkState.answer()
        guard case .success(let state) = answer.result else {
            return PartHealth(status: .degraded, latency: answer.latency, detail: "the outbox cannot be read")
        }
        var ills: [String] = []
        if state.dead > 0 { ills.append("\(state.dead) events were given up; see `token-manager webhooks list`") }
        let lag = lag(of: state)
        if lag > .seconds(300) { ills.append("\(Int(lag.inSeconds)) s behind") }
        return PartHealth(
            status: ills.isEmpty ? .healthy : .degraded, latency: answer.latency,
            detail: ills.isEmpty ? nil : ills.joined(separator: "; "))
    }

    private func lag(of state: SinkState) -> Duration {
        state.oldest.map { max(.zero, parts.store.now - $0) } ?? .zero
    }

    private func configHealth() -> PartHealth {
        let unusable = parts.appConfig.unusable.joined(separator: ", ")
        return PartHealth(
            status: unusable.isEmpty ? .healthy : .degraded, latency: .zero,
            detail: unusable.isEmpty
                ? nil : "stored settings without effect: \(unusable); see GET /api/v1/internal/app-config")
    }

    /// - Parameter asksStore: one that was found ill is not waited for once more.
    private func connectorHealth(asking asksStore: Bool) async -> PartHealth {
        let errors = definitionErrors
        let held = parts.connectors.registry.snapshot.held.count
        let counts = asksStore ? await sharedReads.connectionCounts.answer() : nil
        let inUse = Set((try? counts?.result.get())?.map(\.connector) ?? [])
        let gone = parts.connectors.missing(of: inUse).count
        var ills: [String] = []
        if errors > 0 { ills.append("\(errors) definition errors; see `token-manager lint`") }
        if held > 0 { ills.append("\(held) changed definitions wait for `accept`; see GET /api/v1/connectors") }
        if gone > 0 {
            ills.append("\(gone) definitions of connections are not there; put them back, see the host's log")
        }
        ills += knownHosts.differing.sorted { $0.key < $1.key }.map { host, ids in
            let some = ids.sorted().prefix(8).joined(separator: ", ")
            return "\(ids.count) definitions differ from those of \(host): \(some)\(ids.count > 8 ? ", …" : "")"
        }
        return PartHealth(
            status: ills.isEmpty ? .healthy : .degraded, latency: counts?.latency ?? .zero,
            detail: ills.isEmpty ? nil : ills.joined(separator: "; "))
    }
}
