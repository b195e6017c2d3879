import Synchronization

/// A number that only grows, by label values.
package final class Counter: Sendable {
    /// One combination of label values; keep it where the same one is counted again and again.
    package final class Cell: Sendable {
        private let count = Atomic<Int64>(0)

        /// Adds to the count; less than nothing is not added.
        package func increment(by amount: Int64 = 1) { count.wrappingAdd(max(0, amount), ordering: .relaxed) }

        /// The count so far.
        package var value: Int64 { count.load(ordering: .relaxed) }
    }

    let instrument: Instrument
    private let cells: Cells<Cell>

    init(_ instrument: Instrument) {
        self.instrument = instrument
        cells = Cells(labelCount: instrument.labels.count) { Cell() }
    }

    /// The cell of these label values, in the order in which the labels were declared.
    package func cell(_ values: String...) -> Cell { cells[values] }

    /// Counts one.
    package func increment(_ values: String...) { cells[values].increment() }

    func write(to writer: inout PrometheusWriter) {
        writer.head(instrument, type: "counter")
        // With labels, a series begins when it is seen: what may be is much more than what is.
        for (values, cell) in cells.sorted where values.isEmpty || cell.value > 0 {
            writer.sample(instrument.name, labels: instrument.named(values), value: Double(cell.value))
        }
    }
}
