/// What a cell showed.
struct KillResult: Sendable {
    let cell: KillCell
    var problems: [String] = []
    var survived = false
    var duration = Duration.zero
}

/// The matrix as it is printed: points down, classes and fates across.
struct KillTable {
    let results: [KillResult]

    var text: String {
        let columns = KillCell.Fate.allCases.flatMap { fate in KillRotation.allCases.map { (fate, $0) } }
        let head = row(
            "kill -9 at", columns.map { "\($0.1.rawValue.replacing("single_use", with: "single")) \($0.0.rawValue)" })
        let body = KillCell.Point.allCases.map { point in
            row(
                point.rawValue,
                columns.map { fate, rotation in
                    entry { $0.point == point && $0.fate == fate && $0.rotation == rotation }
                })
        }
        return ([head] + body).joined(separator: "\n")
    }

    private func entry(_ isIn: (KillCell) -> Bool) -> String {
        let here = results.filter { isIn($0.cell) }
        let failed = here.count { !$0.problems.isEmpty }
        if failed > 0 { return "FAILED \(failed)/\(here.count)" }
        let survived = here.count { $0.survived }
        return survived == here.count
            ? "kept \(survived)/\(here.count)" : "lost, said \(here.count - survived)/\(here.count)"
    }

    private func row(_ name: String, _ entries: [String]) -> String {
        ([name.padded(20)] + entries.map { $0.padded(24) }).joined(separator: "| ")
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
