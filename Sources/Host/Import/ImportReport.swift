/// What came of each entry, for people: remarks on what was written, then everything that was not, with the reason.
struct ImportReport {
    private let verdicts: [Verdict]

    init(_ verdicts: [Verdict]) { self.verdicts = verdicts }

    /// 1 when an entry is broken or its file was in the way.
    var exitCode: Int32 { lines(\.isRefusal).isEmpty ? 0 : 1 }

    var text: String {
        let written = verdicts.compactMap { verdict in (try? verdict.result.get()).map { (verdict.name, $0) } }
        let remarks = written.flatMap { name, definition in definition.notes.map { "\(name): note: \($0)" } }
        let modules = lines(\.isModule)
        let others = lines(\.isOther)
        let refusals = lines(\.isRefusal)
        let summary = [
            "\(written.count) written", "\(modules.count) need\(modules.count == 1 ? "s" : "") a module",
            "\(others.count) not OAuth 2.0", "\(refusals.count) refused",
        ]
        return (remarks + others + modules + refusals + [summary.joined(separator: ", ")]).joined(separator: "\n")
            + "\n"
    }

    private func lines(_ matches: (Obstacle) -> Bool) -> [String] {
        verdicts.compactMap { verdict in
            guard case .failure(let obstacle) = verdict.result, matches(obstacle) else { return nil }
            return "\(verdict.name): \(obstacle.isRefusal ? "refused: " : "")\(obstacle.reason)"
        }
    }
}

extension Obstacle {
    fileprivate var isModule: Bool { if case .needsModule = self { true } else { false } }
    fileprivate var isOther: Bool { if case .notOAuth2 = self { true } else { false } }
    fileprivate var isRefusal: Bool { !isModule && !isOther }
}
