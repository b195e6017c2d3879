import Model

/// What waits for the disk: pure bookkeeping, no I/O.
struct AuditQueue {
    /// Told once what became of a record.
    typealias Done = @Sendable (Result<Void, any Error>) -> Void

    /// A record and who waits for it.
    struct Entry {
        let json: [UInt8]
        let done: Done
        let since: ContinuousClock.Instant
    }

    /// What adding an entry asks for.
    struct Start {
        var isRefused = false
        var writer = false
        var watchdog = false
    }

    private(set) var head: ChainHead
    private var waiting: [Entry] = []
    /// In the hands of the writer; nil for those that were let go meanwhile.
    private var writing: [Entry?] = []
    private var writingSince: ContinuousClock.Instant?
    private var isWriterRunning = false
    private var isWatched = false
    private var failure: String?

    init(head: ChainHead) { self.head = head }

    mutating func add(_ entry: Entry, limit: Int) -> Start {
        guard waiting.count < limit else {
            failure = "too many records wait for the disk"
            return Start(isRefused: true)
        }
        waiting.append(entry)
        let start = Start(writer: !isWriterRunning, watchdog: !isWatched)
        isWriterRunning = true
        isWatched = true
        return start
    }

    /// The next records to write; none ends the writer.
    mutating func takeBatch(limit: Int, at now: ContinuousClock.Instant) -> [[UInt8]] {
        writing = Array(waiting.prefix(limit))
        waiting.removeFirst(writing.count)
        isWriterRunning = !writing.isEmpty
        writingSince = isWriterRunning ? now : nil
        return writing.compactMap { $0?.json }
    }

    /// Takes the writer's result; gives back who still waits for it.
    mutating func finish(_ result: Result<Void, any Error>, head: ChainHead) -> [Done] {
        defer { writing = [] }
        writingSince = nil
        self.head = head
        if case .failure(let error) = result { failure = "\(error)" } else { failure = nil }
        return writing.compactMap { $0?.done }
    }

    /// Lets go of entries that have waited too long. What is being written may still become durable.
    mutating func expire(
        at now: ContinuousClock.Instant, wait: Duration
    ) -> (letGo: [Done], goesOn: Bool) {
        let late = waiting.prefix { now - $0.since >= wait }.map(\.done)
        waiting.removeFirst(late.count)
        var letGo: [Done] = []
        for (index, entry) in writing.enumerated() {
            guard let entry, now - entry.since >= wait else { continue }
            letGo.append(entry.done)
            writing[index] = nil
        }
        if !late.isEmpty || !letGo.isEmpty { failure = "the disk does not answer in time" }
        isWatched = !waiting.isEmpty || writing.contains { $0 != nil }
        return (letGo + late, isWatched)
    }

    /// Whether records are in the writer's hands.
    var isWriting: Bool { writingSince != nil }

    func health(at now: ContinuousClock.Instant, wait: Duration) -> AuditHealth {
        let isStuck = writingSince.map { now - $0 >= wait } ?? false
        let reason = failure ?? (isStuck ? "the disk does not answer in time" : nil)
        return AuditHealth(isHealthy: reason == nil, waiting: waiting.count + writing.count, reason: reason)
    }
}
