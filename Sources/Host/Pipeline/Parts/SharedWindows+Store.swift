import Foundation
import Model
import RefreshProtocol
import Spool
import StoreContract

extension SharedWindows {
    /// Nil where nobody else writes to the store.
    convenience init?(_ parts: PipelineParts) {
        guard !parts.store.isExclusive else { return nil }
        let timing = parts.settings.timing
        self.init(
            process: parts.spool.boot, use: timing.lease, tolerance: timing.clockTolerance,
            clock: { parts.store.now },
            exchange: { questions in try await parts.store.write { try $0.exchange(questions) } })
    }
}

extension StoreTransaction {
    /// Asks windows in one transaction.
    func exchange(_ questions: [CallWindowKey: SharedWindows.Question]) throws -> [CallWindowKey: SharedWindows.Reply] {
        var replies: [CallWindowKey: SharedWindows.Reply] = [:]
        try changeCallWindows(Set(questions.keys)) { stored, now in
            try Dictionary(
                uniqueKeysWithValues: questions.map { key, question in
                    var window = stored[key].flatMap { SharedWindow(stored: $0) } ?? SharedWindow()
                    let (got, until) = window.exchange(question.report, limit: question.limit, at: now)
                    replies[key] = SharedWindows.Reply(got: got, until: until, at: now)
                    let over = window.over(question.limit)
                    return (key, StoredCallWindow(state: try window.encoded(), overAt: over))
                })
        }
        return replies
    }
}

extension SharedWindow {
    /// - Returns: nil also where another version of this program wrote something else: it begins anew.
    init?(stored: Data) {
        guard let window = try? JSONDecoder().decode(SharedWindow.self, from: stored) else { return nil }
        self = window
    }

    func encoded() throws -> Data { try JSONEncoder().encode(self) }
}
