package import Model
import StoreContract

/// One row to write.
package enum RowChange {
    /// It is new.
    case add(any Stored)
    /// What may change of it.
    case change(any Stored)
    /// The whole row, whether it is new or not.
    case put(any Stored)
}

extension Line {
    /// What differs between two states of a line, in the order in which it has to be written; `old` nil: it is new. What is
    /// in `old` only stays: a store never forgets what is left out.
    package func changes(from old: Line?) -> [RowChange] {
        var changes: [RowChange] = []
        if let old {
            if hasOtherRow(than: old) { changes.append(.change(self)) }
        } else {
            changes.append(.add(self))
        }
        return changes + attemptChanges(from: old?.attempts ?? []) + versionChanges(from: old?.versions ?? [])
    }

    /// Whether the line's own row differs; derived columns depend on attempts and versions too.
    private func hasOtherRow(than old: Line) -> Bool {
        var bare = self
        bare.attempts = old.attempts
        bare.versions = old.versions
        return bare != old || wakeAt != old.wakeAt || mustFinish != old.mustFinish || expiredAt != old.expiredAt
            || noticeAt != old.noticeAt
    }

    /// Closes come before opens: a line has one open attempt at every moment.
    private func attemptChanges(from old: [Attempt]) -> [RowChange] {
        var (closes, opens): ([RowChange], [RowChange]) = ([], [])
        for attempt in attempts {
            let row = AttemptRow(line: id, attempt: attempt)
            guard let before = old.first(where: { $0.id == attempt.id }) else {
                opens.append(.add(row))
                continue
            }
            if attempt != before { closes.append(.change(row)) }
        }
        return closes + opens
    }

    /// The pointer leaves one version before it comes to another: a line has one current version at every moment.
    private func versionChanges(from old: [TokenVersion]) -> [RowChange] {
        let ordered = versions.filter { $0.status != .current } + versions.filter { $0.status == .current }
        return ordered.compactMap { version in
            let row = VersionRow(line: id, version: version)
            guard let before = old.first(where: { $0.attempt == version.attempt }) else { return .add(row) }
            if version.content != before.content { return .put(row) }
            return version != before ? .change(row) : nil
        }
    }
}
