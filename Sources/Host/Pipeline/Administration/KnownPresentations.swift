import Model
import RefreshProtocol
import Spool

/// What is known of presentations that a restored store has lost: by fence, the order of sending, which goes on through
/// all grants of a line.
struct KnownPresentations: Sendable {
    private let journal: Journal
    /// The latest answer of each line that is held and that no candidate was made of.
    private var held: [LineID: Int64] = [:]
    /// An answer is held that cannot say whose it is.
    private(set) var isNameless = false

    /// To be called once spool and kept answers were brought in as far as they can be read.
    /// - Parameter needsAll: Throw where a kept answer may be missing, since its keys are not to be had.
    init(_ parts: PipelineParts, needsAll: Bool = true) async throws {
        journal = parts.journal
        for item in try await parts.spoolItems() {
            switch item {
            case .entry(let entry): note(entry)
            // Whatever it is: nothing of that line can be called the newest.
            case .unreadable(let found):
                if let line = found.line { held[line] = .max }
                isNameless = isNameless || found.isNameless
            }
        }
        // One that is left out might be the latest of its line.
        for entry in try await parts.keptAnswers(needsAll: needsAll) { note(entry) }
    }

    private mutating func note(_ entry: SpoolEntry) {
        guard entry.kind == .refresh else { return }
        held[entry.line] = max(entry.fence, held[entry.line] ?? .min)
    }

    /// The fence of the last one of each line that this host knows of: of an answer that cannot be read the journal's, which
    /// was there before its first byte, since it may be read later, and adopted then.
    var fences: [LineID: Int64] {
        journal.lastFences.merging(held) { noted, held in held == .max ? noted : max(noted, held) }
    }

    /// The fence of the last one: of the journal, of an answer that is held, of a candidate, or of a call that was under way
    /// when the backup was made.
    func last(of line: Line) -> Int64 {
        let candidates = line.versions.filter { $0.status == .candidate && $0.grant == line.grant }.map(\.fence)
        let underWay = line.attempts.filter { [.sent, .ambiguous].contains($0.state) }.map(\.fence)
        return ([journal.lastFence(of: line.id), held[line.id]].compactMap(\.self) + candidates + underWay).max()
            ?? .min
    }
}
