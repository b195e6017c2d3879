import Model

/// What the kept segments say, in memory: bounded by their number and length.
struct JournalKnowledge: Sendable {
    /// The content of one segment.
    struct Segment: Sendable {
        let number: Int
        var attempts: Set<AttemptID> = []
        var fences: [LineID: Int64] = [:]
        var newest = Timestamp.distantPast
    }

    private(set) var segments: [Segment] = []
    private(set) var highestMark: Int64 = 0
    private(set) var horizon = Timestamp.distantPast
    private(set) var wasLost = false
    private var latest: [JournalLine] = []

    private static let remembered = 1000

    /// Begins a segment as its header says; its header is nil when it is damaged.
    mutating func begin(_ number: Int, _ header: SegmentHeader?) {
        segments.append(Segment(number: number))
        guard let header else { return }
        highestMark = max(highestMark, header.highestMark)
        horizon = max(horizon, header.horizon)
        wasLost = wasLost || header.followsLoss
    }

    /// The number of the newest segment; 0 if there is none.
    var newest: Int { segments.last?.number ?? 0 }

    /// The header of the next segment, and the segments that go when it comes.
    func nextHeader(keeping count: Int, followsLoss: Bool) -> (SegmentHeader, old: [Int]) {
        let old = segments.dropLast(max(0, count - 1)).map(\.number)
        var after = self
        for _ in old { after.drop() }
        let header = SegmentHeader(
            number: newest + 1, eldest: after.segments.first?.number ?? newest + 1, highestMark: highestMark,
            horizon: after.horizon, followsLoss: followsLoss)
        return (header, old)
    }

    /// Takes a line of the newest segment.
    mutating func take(_ note: JournalNote) {
        switch note {
        case .presentation(let line): take(line)
        case .mark(let mark): highestMark = max(highestMark, mark)
        }
    }

    private mutating func take(_ line: JournalLine) {
        guard let last = segments.indices.last else { return }
        segments[last].attempts.insert(line.attempt)
        segments[last].fences[line.line] = max(line.fence, segments[last].fences[line.line] ?? .min)
        segments[last].newest = max(segments[last].newest, line.sentAt)
        highestMark = max(highestMark, line.mark)
        latest.append(line)
        if latest.count >= 2 * Self.remembered { latest.removeFirst(latest.count - Self.remembered) }
    }

    /// Forgets the eldest segment; whatever was sent until its newest line is unknown from now on.
    mutating func drop() {
        guard !segments.isEmpty else { return }
        horizon = max(horizon, segments.removeFirst().newest)
    }

    /// Nothing is known of what was sent until then.
    mutating func lose(until time: Timestamp) { horizon = max(horizon, time) }

    func contains(_ attempt: AttemptID) -> Bool { segments.contains { $0.attempts.contains(attempt) } }

    func lastFence(of line: LineID) -> Int64? { segments.compactMap { $0.fences[line] }.max() }

    /// The highest fence of each line.
    var lastFences: [LineID: Int64] {
        segments.reduce(into: [:]) { fences, segment in fences.merge(segment.fences, uniquingKeysWith: max) }
    }

    func recent(_ count: Int) -> [JournalLine] { Array(latest.suffix(min(count, Self.remembered))) }
}
