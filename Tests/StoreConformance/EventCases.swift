import Foundation
import Model
import StoreContract

let eventCases: [StoreCase] = [
    StoreCase("events come back in order with every field, only to their organization (SECURITY 34)") { store in
        let bare = EventRecord(
            id: "bare", kind: .auditCheckpoint, organization: Samples.organization, connector: "", epoch: 0,
            at: Timestamp(milliseconds: 4))
        let kinds = EventRecord.Kind.allCases
        try await store.write {
            try $0.append(bare)
            for kind in kinds {
                try $0.append(Samples.event(kind.rawValue, kind: kind))
                try $0.append(Samples.event("other", organization: Samples.other, kind: kind))
            }
        }
        func read(_ kinds: Set<EventRecord.Kind>?, after: Int64 = 0, limit: Int = 100) async throws -> [EventRecord] {
            try await store.read {
                try $0.events(organization: Samples.organization, kinds: kinds, after: after, limit: limit).map(\.event)
            }
        }
        try requireEqual(try await read(nil), [bare] + kinds.map { Samples.event($0.rawValue, kind: $0) })
        try requireEqual(
            try await read([.tokenRevoked, .appEnabled]).map(\.kind), [.tokenRevoked, .appEnabled])
        try requireEqual(try await read([.scopesReduced], limit: 1).map(\.kind), [.scopesReduced])
        try requireEqual(try await read([]), [])
        try requireEqual(try await read(nil, after: 3, limit: 2).map(\.id), kinds[1...2].map(\.rawValue))
        let sequences = try await store.read {
            try $0.events(organization: Samples.other, kinds: nil, after: 0, limit: 100).map(\.sequence)
        }
        try requireEqual(sequences, sequences.sorted())
        try requireEqual(Set(sequences).count, kinds.count)
    },
    StoreCase(opening: "a sequence number is never given twice, not after an erase or a reopen either") { open in
        var store = try await open()
        let none = try await store.read { try $0.eventRange() }
        try require(none == (0, 0), "an empty outbox: \(none)")
        try await store.write { for number in 1...5 { try $0.append(Samples.event("\(number)", at: Int64(number))) } }
        let five = try await store.read { try $0.eventRange() }
        try require(five == (1, 5), "\(five)")
        try await store.write { try $0.eraseEvents(before: Timestamp(milliseconds: 3)) }
        let three = try await store.read { try $0.eventRange() }
        try require(three == (3, 5), "\(three)")
        try await store.write { try $0.eraseEvents(before: Timestamp(milliseconds: 100)) }
        let erased = try await store.read { try $0.eventRange() }
        try require(erased == (0, 5), "\(erased)")
        try await store.close()
        store = try await open()
        try await store.write { try $0.append(Samples.event("6")) }
        let next = try await store.read { try $0.eventRange() }
        try require(next == (6, 6), "\(next)")
        try await store.close()
    },
    StoreCase("the bell rings after an event is committed, and for nothing else") { store in
        let bell = store.eventBell
        try await store.write { try $0.insert(Samples.connection("c1")) }
        _ = try await store.read { try $0.eventRange() }
        try? await store.write {
            try $0.append(Samples.event("never"))
            throw StoreError(.unavailable, "rolled back")
        }
        try requireEqual(bell.rings, 0)
        let before = bell.rings
        async let woken: Void = bell.wait(beyond: before, for: .seconds(60))
        try await store.write { try $0.append(Samples.event("one")) }
        await woken
        try requireEqual(bell.rings, 1)
        await bell.wait(beyond: 0, for: .seconds(60))
        await bell.wait(beyond: 1, for: .milliseconds(1))
        try requireEqual(bell.rings, 1, "a wait that is over is no ring")
        let count = try await store.read {
            try $0.events(organization: Samples.organization, kinds: nil, after: 0, limit: 9).count
        }
        try requireEqual(count, 1)
    },
    StoreCase("an audit chain has a head per host, and each record becomes its next link") { store in
        let (one, two) = (HostID("h1"), HostID("h2"))
        // Signs of more than one byte, and what JSON escapes, are hashed as they are.
        let records = ["{\"n\":1}", "{\"caller\":\"user:Ünï\\\\ \\\"çödé\\\" 🗝\"}", "{}"]
        try requireEqual(try await store.read { try $0.auditHead(of: one) }, nil)
        try await store.write {
            for record in records.prefix(2) { try $0.append(.sample(record, of: one)) }
            try $0.append(.sample(records[0], of: two))
        }
        try await store.write { transaction in
            try requireEqual(try transaction.auditHead(of: one)?.sequence, 2)
            try transaction.append(.sample(records[2], of: one))
            try requireEqual(try transaction.auditHead(of: one)?.sequence, 3)
        }
        // As the host makes them.
        var expected: [AuditEntry] = []
        for record in records { expected.append(UnlinkedRecord.sample(record, of: one).link(expected.last)) }
        let links = expected
        try await store.read {
            try requireEqual(try $0.audit(of: one, after: 0, limit: 9), links)
            try requireEqual(try $0.auditHead(of: one), links[2])
            try requireEqual(try $0.auditHead(of: two), UnlinkedRecord.sample(records[0], of: two).link(nil))
            try requireEqual(try $0.audit(of: one, after: 1, limit: 9), Array(links.dropFirst()))
            try requireEqual(try $0.audit(of: one, after: 0, limit: 1).map(\.sequence), [1])
        }
        // What is rolled back leaves no gap.
        do {
            try await store.write { transaction in
                try transaction.append(.sample("{}", of: two))
                throw CancellationError()
            }
        } catch is CancellationError {}
        try await store.write { try $0.append(.sample(records[2], of: two)) }
        try requireEqual(try await store.read { try $0.auditHead(of: two)?.sequence }, 2)
    },
]
