import Model
import StoreContract

extension SQLiteSession {
    func save(_ line: Line, replacing old: Line?) throws {
        if let old {
            if line.hasOtherRow(than: old) { try change(line) }
        } else {
            try add(line)
        }
        try saveAttempts(of: line, old?.attempts ?? [])
        try saveVersions(of: line, old?.versions ?? [])
    }

    func postpone(_ line: LineID, until time: Timestamp, fence: Int64?) throws {
        try run(
            """
            UPDATE line SET wake_at = ? WHERE connection = ? AND name = ? AND wake_at IS NOT NULL
            AND fence = COALESCE(?, fence)
            """,
            [time, line.connection, line.name, fence])
    }

    /// Closes come before opens: a line has one open attempt at every moment.
    private func saveAttempts(of line: Line, _ old: [Attempt]) throws {
        var added: [Attempt] = []
        for attempt in line.attempts {
            guard let before = old.first(where: { $0.id == attempt.id }) else {
                added.append(attempt)
                continue
            }
            if attempt != before { try change(AttemptRow(line: line.id, attempt: attempt)) }
        }
        for attempt in added { try add(AttemptRow(line: line.id, attempt: attempt)) }
    }

    /// The pointer leaves one version before it comes to another: a line has one current version at every moment.
    private func saveVersions(of line: Line, _ old: [TokenVersion]) throws {
        for version in line.versions where version.status != .current { try save(version, of: line, old) }
        for version in line.versions where version.status == .current { try save(version, of: line, old) }
    }

    private func save(_ version: TokenVersion, of line: Line, _ old: [TokenVersion]) throws {
        let row = VersionRow(line: line.id, version: version)
        guard let before = old.first(where: { $0.attempt == version.attempt }) else { return try add(row) }
        if version.content != before.content {
            try put(row)
        } else if version != before {
            try change(row)
        }
    }
}

extension Line {
    /// Whether the line's own row differs; derived columns depend on attempts and versions too.
    fileprivate func hasOtherRow(than old: Line) -> Bool {
        var bare = self
        bare.attempts = old.attempts
        bare.versions = old.versions
        return bare != old || wakeAt != old.wakeAt || mustFinish != old.mustFinish || expiredAt != old.expiredAt
            || noticeAt != old.noticeAt
    }
}
