import Foundation
import Locks
package import Model

/// The audit of reads: one hash chain for this host, in files beside the spool. A token is served once `append` has
/// returned (SECURITY 53, invariant I9). Records that come while others are written share one sync.
package final class AuditChain: Sendable {
    /// How much may wait, how long, and how large files grow.
    package struct Limits: Sendable {
        /// A record that is not durable by then has failed.
        package var wait: Duration = .seconds(2)
        /// Records waiting at once; beyond that they fail at once.
        package var waiting = 20_000
        /// Records written with one sync.
        package var batch = 2048
        /// A file of this size is followed by a new one.
        package var segmentBytes = 64 << 20
        /// The largest record.
        package var recordBytes = 16 << 10

        package init() {}
    }

    private let limits: Limits
    private let file: AuditFile
    private let queue: Locked<AuditQueue>
    private let writer = DispatchQueue(label: "audit.writer")
    private let watchdog = DispatchQueue(label: "audit.watchdog")

    /// Opens the host's chain, or begins it. A line that was not finished when the process died is cut off and noted in
    /// the chain; a whole line never is. Blocks on the disk.
    /// - Parameter now: Store time, for that note.
    /// - Throws: `AuditError` with `.damaged` or `.disk`.
    package static func open(
        folder: String, host: HostID, now: Timestamp, limits: Limits = Limits()
    ) throws -> AuditChain {
        try open(folder: folder, host: host, now: now, limits: limits, disk: .system)
    }

    static func open(
        folder path: String, host: HostID, now: Timestamp, limits: Limits, disk: AuditDisk
    ) throws -> AuditChain {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let folder = AuditFolder(path: path, host: host)
        let found = try AuditRecovery(folder)
        let file = try AuditFile(
            folder: folder, segmentBytes: limits.segmentBytes, disk: disk, segment: found.segment, length: found.length,
            head: found.head)
        if found.lacksNewline { try file.endLine() }
        if let note = found.note(at: now) { try file.append([note.canonicalJSON]) }
        return AuditChain(file, limits: limits)
    }

    private init(_ file: AuditFile, limits: Limits) {
        self.file = file
        self.limits = limits
        queue = Locked(AuditQueue(head: file.head))
    }

    /// Adds a record and returns when it is durable. A record that failed may still be found in the chain.
    /// - Throws: `AuditError` with `.timeout`, `.full`, `.disk` or `.tooLarge`, within `Limits.wait` and a quarter of it.
    package func append(_ record: AuditRecord) async throws {
        try await withCheckedThrowingContinuation { continuation in
            append(record) { continuation.resume(with: $0) }
        }
    }

    /// The same for who does not wait.
    /// - Parameter done: called once, on a thread that all others wait for: it only hands the result on.
    package func append(_ record: AuditRecord, done: @escaping @Sendable (Result<Void, any Error>) -> Void) {
        let json = record.canonicalJSON
        guard json.count <= limits.recordBytes else {
            let explanation = "An audit record of \(json.count) bytes is larger than \(limits.recordBytes)"
            return done(.failure(AuditError(.tooLarge, explanation)))
        }
        let entry = AuditQueue.Entry(json: json, done: done, since: .now)
        let start = queue.withLock { $0.add(entry, limit: limits.waiting) }
        if start.isRefused {
            done(.failure(AuditError(.full, "\(limits.waiting) audit records wait for the disk")))
        }
        if start.writer { writer.async { self.drain() } }
        if start.watchdog { scheduleWatchdog() }
    }

    /// The last durable link: a checkpoint to be kept outside this host.
    package var head: ChainHead { queue.withLock { $0.head } }

    /// Whether records become durable in time; red from the first failure to the next success.
    package var health: AuditHealth {
        queue.withLock { $0.health(at: .now, wait: limits.wait) }
    }

    /// Whether records are in the writer's hands.
    var isWriting: Bool { queue.withLock { $0.isWriting } }

    private func drain() {
        while true {
            let records = queue.withLock { $0.takeBatch(limit: limits.batch, at: .now) }
            if records.isEmpty { return }
            let result = Result { try file.append(records) }
            let waiting = queue.withLock { $0.finish(result, head: file.head) }
            for done in waiting { done(result) }
        }
    }

    /// Lets go of who has waited too long, four times within the wait, as long as anybody waits.
    private func scheduleWatchdog() {
        let pause = Int(limits.wait.inMilliseconds) / 4
        watchdog.asyncAfter(deadline: .now() + .milliseconds(max(1, pause))) { [self] in
            let late = queue.withLock { $0.expire(at: .now, wait: limits.wait) }
            let failure = AuditError(.timeout, "The audit record was not durable within \(limits.wait)")
            for done in late.letGo { done(.failure(failure)) }
            if late.goesOn { scheduleWatchdog() }
        }
    }
}

/// Whether the audit can be written, for the health page: who reads tokens is refused while it cannot.
package struct AuditHealth: Sendable, Hashable {
    package let isHealthy: Bool
    /// Records that wait now.
    package let waiting: Int
    /// Why it is not healthy.
    package let reason: String?
}
