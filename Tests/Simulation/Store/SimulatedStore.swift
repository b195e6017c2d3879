import Model
import RefreshProtocol

/// A store as its contract says: a line is loaded with its open and ambiguous attempts, its current version and its
/// candidates, and with what the event names; the rest lies in the history.
struct SimulatedStore {
    private(set) var lines: [Line] = []
    private var closed: [AttemptID: Attempt] = [:]
    private(set) var superseded: [[TokenVersion]] = []
    private(set) var mark: Int64 = 0
    var epoch: Int64 = 1

    mutating func insert(_ line: Line) {
        lines.append(line)
        superseded.append([])
    }

    mutating func drawMark() -> Int64 {
        mark += 1
        return mark
    }

    /// A new epoch's marks are above every mark of the old.
    mutating func raiseMark(to floor: Int64) { mark = max(mark, floor) }

    /// The line with one more attempt and the version it brought, whatever they are.
    func load(_ index: Int, attempt: AttemptID?) -> Line {
        var line = lines[index]
        guard let attempt else { return line }
        if !line.attempts.contains(where: { $0.id == attempt }), let old = closed[attempt] { line.attempts.append(old) }
        if !line.versions.contains(where: { $0.attempt == attempt }),
            let old = superseded[index].first(where: { $0.attempt == attempt })
        {
            line.versions.append(old)
        }
        return line
    }

    /// Keeps the line hot and moves the rest into the history.
    mutating func save(_ line: Line, at index: Int) {
        lines[index] = line
        if line.attempts.contains(where: { !$0.isOpen && $0.state != .ambiguous }) { retireAttempts(index) }
        if line.versions.contains(where: { $0.status == .superseded || $0.status == .dead }) { retireVersions(index) }
    }

    private mutating func retireAttempts(_ index: Int) {
        for attempt in lines[index].attempts where !attempt.isOpen && attempt.state != .ambiguous {
            closed[attempt.id] = attempt
        }
        lines[index].attempts.removeAll { !$0.isOpen && $0.state != .ambiguous }
    }

    private mutating func retireVersions(_ index: Int) {
        for version in lines[index].versions where version.status == .superseded || version.status == .dead {
            superseded[index].removeAll { $0.attempt == version.attempt }
            superseded[index].append(version)
        }
        lines[index].versions.removeAll { $0.status == .superseded || $0.status == .dead }
    }

    func attempt(_ id: AttemptID, line: Int) -> Attempt? { lines[line].attempts.first { $0.id == id } ?? closed[id] }

    /// Whether any line holds a version that this attempt brought.
    func holds(_ attempt: AttemptID, line: Int) -> Bool {
        lines[line].versions.contains { $0.attempt == attempt } || superseded[line].contains { $0.attempt == attempt }
    }

    /// The line that holds a refresh token in any version, candidates too (§2).
    func line(holding token: Int, currentOnly: Bool) -> Int? {
        let fingerprint = Sealed.fingerprint(token)
        return lines.indices.first { index in
            lines[index].versions.contains {
                $0.content.fingerprint == fingerprint && (!currentOnly || $0.status == .current)
            } || (!currentOnly && superseded[index].contains { $0.content.fingerprint == fingerprint })
        }
    }
}

/// What a host asks of the store in one transaction.
struct StoreRequest {
    enum Kind {
        case claim(Claim.Need, token: Int?)
        /// T1 and T2 of a renewal.
        case renew
        case send(elapsed: Duration)
        case reread(Owner.Step)
        case notSent(String)
        case ambiguous(String)
        case commit
        /// A flush of a spool entry whose owner is gone.
        case flush
        case statement

        /// Whether it may move a generation.
        var commits: Bool {
            switch self {
            case .commit, .flush: true
            default: false
            }
        }
    }

    let kind: Kind
    let host: Int
    let boot: Int
    let attempt: AttemptID
    let line: Int
    /// The store's session it was issued in: a restore ends them all.
    let session: Int
    var answersAt: Int64 = 0
    var acknowledged = true
}
