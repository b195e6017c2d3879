import Locks

/// The cells of one instrument, one for each combination of label values.
final class Cells<Cell: Sendable>: Sendable {
    /// More combinations than this end in one cell whose labels read `other`: a label that grows without end must not
    /// take the memory of the process with it.
    static var most: Int { 2_000 }

    private let labelCount: Int
    private let make: @Sendable () -> Cell
    private let cells = Locked<[[String]: Cell]>([:])

    init(labelCount: Int, make: @escaping @Sendable () -> Cell) {
        self.labelCount = labelCount
        self.make = make
        // Without labels there is one cell, and it is there from the start, so that a scrape shows 0.
        if labelCount == 0 { _ = self[[]] }
    }

    /// The cell of these label values, as many as there are labels: missing ones are empty, further ones are dropped.
    subscript(_ values: [String]) -> Cell {
        let values =
            values.count == labelCount ? values : (0..<labelCount).map { values.indices.contains($0) ? values[$0] : "" }
        return cells.withLock { cells in
            if let cell = cells[values] { return cell }
            let key = cells.count < Self.most ? values : Array(repeating: "other", count: labelCount)
            let cell = cells[key] ?? make()
            cells[key] = cell
            return cell
        }
    }

    /// All cells, sorted by their label values.
    var sorted: [(values: [String], cell: Cell)] {
        cells.withLock { $0 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
            (values: $0.key, cell: $0.value)
        }
    }
}
