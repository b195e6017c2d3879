import Locks

/// The counters and histograms of one process. Gauges are not kept: whoever scrapes asks for them.
/// Names are given without `token_manager_`, which every written name starts with (DESIGN.md §7).
package final class MetricsRegistry: Sendable {
    private struct Instruments {
        var counters: [String: Counter] = [:]
        var histograms: [String: Histogram] = [:]
    }

    private let instruments = Locked(Instruments())

    package init() {}

    /// The counter of that name; asked for twice, it is the same one. Counts occurrences, so the name ends in `_total`.
    package func counter(_ name: String, _ help: String, labels: [String] = []) -> Counter {
        instruments.withLock { known in
            if let counter = known.counters[name] { return counter }
            let counter = Counter(Instrument(name: Self.prefixed(name), help: help, labels: labels))
            known.counters[name] = counter
            return counter
        }
    }

    /// The histogram of that name; asked for twice, it is the same one. The name ends in its unit.
    package func histogram(
        _ name: String, _ help: String, labels: [String] = [], buckets: [Double] = Histogram.seconds
    ) -> Histogram {
        instruments.withLock { known in
            if let histogram = known.histograms[name] { return histogram }
            let instrument = Instrument(name: Self.prefixed(name), help: help, labels: labels)
            let histogram = Histogram(instrument, buckets: buckets)
            known.histograms[name] = histogram
            return histogram
        }
    }

    /// Everything in Prometheus text format 0.0.4, sorted by name, with the gauges of this moment.
    package func text(gauges: [(name: String, labels: [(String, String)], value: Double)] = []) -> String {
        let known = instruments.withLock { $0 }
        var writer = PrometheusWriter()
        for counter in known.counters.values.sorted(by: { $0.instrument.name < $1.instrument.name }) {
            counter.write(to: &writer)
        }
        for histogram in known.histograms.values.sorted(by: { $0.instrument.name < $1.instrument.name }) {
            histogram.write(to: &writer)
        }
        let samples = Dictionary(grouping: gauges) { Self.prefixed($0.name) }
        // Those without a value now are named all the same, as counters are that have not counted yet.
        for name in GaugeHelp.names.union(samples.keys).sorted() {
            writer.head(Instrument(name: name, help: GaugeHelp.text(for: name), labels: []), type: "gauge")
            for sample in samples[name] ?? [] { writer.sample(name, labels: sample.labels, value: sample.value) }
        }
        return writer.text
    }

    private static func prefixed(_ name: String) -> String {
        name.hasPrefix("token_manager_") ? name : "token_manager_" + name
    }
}

/// What all instruments have in common.
struct Instrument: Sendable {
    /// With prefix.
    let name: String
    let help: String
    let labels: [String]

    /// Label names with the values of one cell.
    func named(_ values: [String]) -> [(String, String)] { Array(zip(labels, values)) }
}

/// One line for each gauge: those of DESIGN.md §7, and how many deliveries were given up.
enum GaugeHelp {
    private static let texts = [
        "token_manager_connections": "Connections by connector and status.",
        "token_manager_outbox_lag_seconds": "Age of the oldest event that no sink has taken yet.",
        "token_manager_outbox_dead_letters": "Events that a sink was not given, after every try.",
        "token_manager_spool_entries": "Sealed answers that wait to be committed.",
        "token_manager_definition_errors": "Definitions that could not be loaded.",
    ]

    static var names: Set<String> { Set(texts.keys) }

    static func text(for name: String) -> String { texts[name] ?? "Measured when scraped." }
}
