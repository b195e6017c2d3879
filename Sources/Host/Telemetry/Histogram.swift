import Locks

/// How often values fell below each of some bounds, by label values.
package final class Histogram: Sendable {
    /// Bounds for times, in seconds.
    package static let seconds = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 10, 60]
    /// Bounds for sizes, in bytes.
    package static let bytes: [Double] = [1024, 16_384, 262_144]

    /// One combination of label values; keep it where the same one is observed again and again.
    package final class Cell: Sendable {
        struct Counts: Sendable {
            /// One for each bound and one for what lies above all; not cumulative.
            var buckets: [Int64]
            var sum = 0.0
        }

        private let buckets: [Double]
        private let counts: Locked<Counts>

        init(buckets: [Double]) {
            self.buckets = buckets
            counts = Locked(Counts(buckets: Array(repeating: 0, count: buckets.count + 1)))
        }

        /// Adds a value, in the unit that the name says.
        package func observe(_ value: Double) {
            let index = buckets.firstIndex { value <= $0 } ?? buckets.count
            counts.withLock {
                $0.buckets[index] += 1
                $0.sum += value
            }
        }

        /// Adds a time, for histograms of seconds.
        package func observe(_ duration: Duration) {
            let (seconds, attoseconds) = duration.components
            observe(Double(seconds) + Double(attoseconds) * 1e-18)
        }

        var snapshot: Counts { counts.withLock { $0 } }
    }

    let instrument: Instrument
    private let buckets: [Double]
    private let cells: Cells<Cell>

    init(_ instrument: Instrument, buckets: [Double]) {
        self.instrument = instrument
        let sorted = buckets.sorted()
        self.buckets = sorted
        cells = Cells(labelCount: instrument.labels.count) { Cell(buckets: sorted) }
    }

    /// The cell of these label values, in the order in which the labels were declared.
    package func cell(_ values: String...) -> Cell { cells[values] }

    /// Adds a value, in the unit that the name says.
    package func observe(_ value: Double, _ values: String...) { cells[values].observe(value) }

    /// Adds a time, for histograms of seconds.
    package func observe(_ duration: Duration, _ values: String...) { cells[values].observe(duration) }

    func write(to writer: inout PrometheusWriter) {
        writer.head(instrument, type: "histogram")
        for (values, cell) in cells.sorted {
            let labels = instrument.named(values)
            let counts = cell.snapshot
            // As with counters.
            guard labels.isEmpty || counts.buckets.contains(where: { $0 > 0 }) else { continue }
            var total: Int64 = 0
            for (bound, count) in zip(buckets + [.infinity], counts.buckets) {
                total += count
                let bound = [("le", PrometheusWriter.number(bound))]
                writer.sample(instrument.name + "_bucket", labels: labels + bound, value: Double(total))
            }
            writer.sample(instrument.name + "_sum", labels: labels, value: counts.sum)
            writer.sample(instrument.name + "_count", labels: labels, value: Double(total))
        }
    }
}
