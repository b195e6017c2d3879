package import Audit
import Foundation
import Logging
import Model
package import StoreContract

/// Notes where this host's audit chains stand: in the store, against which the files are verified, and with an event, so
/// that whoever receives events can tell when both were cut (SECURITY 54).
struct CheckpointKeeper {
    private let parts: PipelineParts
    private var noted: Int64?
    private var told: AuditCheckpoint?
    private var toldAt: MonotonicTime?

    /// The event's organization and connector: it concerns none, so that no caller of an organization sees it.
    static let nobody = "-"
    private static let pause = Duration.seconds(60)

    init(_ parts: PipelineParts) { self.parts = parts }

    /// Notes what has moved; tells of it once a minute, and at the end of the host.
    mutating func keep(isLast: Bool = false) async {
        let now = HostClock.now
        let tells = isLast || toldAt.map { now - $0 >= Self.pause } ?? true
        let reads = parts.audit.head
        guard tells || noted != reads.sequence else { return }
        do {
            let last = told
            let checkpoint = try await parts.store.write { [parts] transaction in
                try transaction.note(reads, of: parts.host)
                return tells ? try transaction.tell(reads, unless: last, parts: parts) : nil
            }
            noted = reads.sequence
            guard let checkpoint else { return }
            told = checkpoint
            toldAt = now
        } catch {
            parts.logger.error("no audit checkpoint was kept", metadata: ["code": "\(error)"])
        }
    }

    /// The event, unless nothing has moved since the last one.
    fileprivate static func event(_ checkpoint: AuditCheckpoint, _ parts: PipelineParts, at now: Timestamp)
        -> EventRecord
    {
        EventRecord(
            id: UUID().uuidString.lowercased(), kind: .auditCheckpoint, organization: OrganizationID(nobody),
            connector: nobody, epoch: parts.epoch, reason: checkpoint.text, at: now)
    }
}

extension StoreTransaction {
    fileprivate func note(_ reads: ChainHead, of host: HostID) throws {
        let name = ChainHead.checkpointSetting(of: host)
        let text = Data(reads.text.utf8)
        if try setting(name) != text { try set(text, for: name) }
    }

    fileprivate func tell(
        _ reads: ChainHead, unless last: AuditCheckpoint?, parts: PipelineParts
    ) throws -> AuditCheckpoint? {
        let checkpoint = AuditCheckpoint(host: parts.host, reads: reads, writes: try writeHead(of: parts.host))
        guard checkpoint != last else { return nil }
        try append(CheckpointKeeper.event(checkpoint, parts, at: now))
        return checkpoint
    }
}

extension AuditCheckpoint {
    /// Those whose events are still kept.
    package static func stored(in store: any Store) async throws -> [AuditCheckpoint] {
        var found: [AuditCheckpoint] = []
        var last: Int64 = 0
        while true {
            let after = last
            let page = try await store.read {
                try $0.events(
                    organization: OrganizationID(CheckpointKeeper.nobody), kinds: [.auditCheckpoint], after: after,
                    limit: 1000)
            }
            guard let end = page.last else { return found }
            found += page.compactMap { $0.event.reason.flatMap { AuditCheckpoint(text: $0) } }
            last = end.sequence
        }
    }
}
