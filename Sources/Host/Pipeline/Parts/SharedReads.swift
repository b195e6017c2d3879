import Model
import Secrets
import StoreContract

/// What health and metrics ask of the store. Both are there for everybody, without a caller and without a limit; so what
/// they ask costs the store a bounded part of its time, however often they are asked.
struct SharedReads: Sendable {
    /// A write of the store's own. A second is as soon as the store itself promises to answer.
    let storeCheck: Recent<Void>
    /// Asks the key provider where the key of health is not at hand.
    let keyCheck: Recent<Void>
    /// Counts every delivery that waits or was given up.
    let sinkState: Recent<SinkState>
    /// Counts every connection; scrapers come every fifteen seconds or less often.
    let connectionCounts: Recent<[ConnectionCount]>

    init(_ parts: PipelineParts) {
        let (store, keyRing, sink) = (parts.store, parts.keyRing, parts.settings.eventSink)
        storeCheck = Recent(for: .seconds(1)) { try await store.check() }
        keyCheck = Recent(for: .seconds(1)) {
            do { try await keyRing.prepare(OrganizationID(CheckpointKeeper.nobody)) } catch is StoreError {
                // That is the store's illness, and told as that: a full disk takes no key away.
                try await keyRing.askProvider()
            }
        }
        sinkState = Recent(for: .seconds(2)) {
            guard let sink else { return SinkState(pending: 0, dead: 0, oldest: nil) }
            return try await store.read { try $0.sinkState(sink) }
        }
        connectionCounts = Recent(for: .seconds(5)) {
            try await store.read { try $0.connectionCounts(organization: nil) }
        }
    }
}
