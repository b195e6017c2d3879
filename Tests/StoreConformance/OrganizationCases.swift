import Foundation
import Model
import StoreContract

let organizationCases: [StoreCase] = [
    StoreCase("an organization's end is what was saved last, until it is erased") { store in
        let (first, second) = (Samples.organization, Samples.other)
        try requireEqual(try await store.read { try $0.organizationEnds() }, [])
        try await store.write {
            try $0.save(OrganizationEnd(organization: second, beganAt: Timestamp(milliseconds: 1)))
            try $0.save(OrganizationEnd(organization: first, beganAt: Timestamp(milliseconds: 2)))
        }
        let full = OrganizationEnd(
            organization: first, beganAt: Timestamp(milliseconds: 2), erasedAt: Timestamp(milliseconds: 3),
            endedAt: Timestamp(milliseconds: 4), reopenedAt: Timestamp(milliseconds: 5), givenUp: 6)
        try await store.write { try $0.save(full) }
        try requireEqual(try await store.read { try $0.end(of: first) }, full)
        let ends = try await store.read { try $0.organizationEnds() }
        try requireEqual(ends.map(\.organization), [first, second].sorted())
        try await store.write { try $0.eraseEnd(of: first) }
        try requireEqual(try await store.read { try $0.end(of: first) == nil }, true)
        try requireEqual(try await store.read { try $0.organizationEnds().map(\.organization) }, [second])
    },
    StoreCase("nothing is begun of an organization that is deleted; others go on") { store in
        let connection = Samples.connection("c1")
        let client = ClientKey(organization: Samples.organization, connector: "sandbox")
        try await store.plant(connection, Samples.active(connection))
        try await store.write {
            try $0.save(OrganizationEnd(organization: Samples.organization, beganAt: $0.now))
        }
        try await requireError(.ended) { try await store.write { try $0.insert(Samples.connection("c2")) } }
        try await requireError(.ended) {
            try await store.write { try $0.insert(Samples.flow("f1", of: connection)) }
        }
        try await requireError(.ended) {
            try await store.write { try $0.save(ClientRecord(key: client, updatedAt: $0.now)) }
        }
        try await requireError(.ended) {
            try await store.write {
                try $0.setEnabled(false, connector: "sandbox", organization: Samples.organization)
            }
        }
        // What is there can still change, and a deletion may need a key to keep an answer that arrives.
        try await store.write {
            var changed = connection
            changed.deletedAt = $0.now
            try $0.update(changed)
            try $0.insert(dataKey("k1", Samples.organization))
            try $0.insert(Samples.connection("c3", organization: Samples.other))
            try $0.save(
                OrganizationEnd(organization: Samples.organization, beganAt: $0.now, erasedAt: $0.now))
        }
        try await requireError(.ended) {
            try await store.write { try $0.insert(dataKey("k2", Samples.organization)) }
        }
        // Opened again, it has an end all the same; forgotten, it has none.
        try await store.write {
            var end = try requireSome(try $0.end(of: Samples.organization), "its end")
            end.reopenedAt = $0.now
            try $0.save(end)
            try $0.insert(dataKey("k2", Samples.organization))
            try $0.insert(Samples.connection("c2"))
            try $0.insert(Samples.flow("f1", of: connection))
            try $0.save(ClientRecord(key: client, updatedAt: $0.now))
            try $0.setEnabled(false, connector: "sandbox", organization: Samples.organization)
        }
        try await store.write {
            try $0.eraseEnd(of: Samples.organization)
            try $0.insert(Samples.connection("c4"))
        }
    },
    StoreCase("all connections of an organization come in pages, deleted ones too (SECURITY 34)") { store in
        try await store.write { transaction in
            for id in ["c3", "c1", "c2"] { try transaction.insert(Samples.connection(id)) }
            try transaction.insert(Samples.connection("c0", organization: Samples.other))
            var deleted = try requireSome(try transaction.connection(ConnectionID("c2")), "c2")
            deleted.deletedAt = transaction.now
            try transaction.update(deleted)
        }
        let (first, rest) = try await store.read { reader in
            let first = try reader.connections(of: Samples.organization, after: nil, limit: 2)
            return (
                first, try reader.connections(of: Samples.organization, after: first.last?.id, limit: 2)
            )
        }
        try requireEqual(first.map(\.id.description), ["c1", "c2"])
        try requireEqual(rest.map(\.id.description), ["c3"])
    },
    StoreCase("erasing an organization leaves nothing of it but its end, and all of the others") { store in
        for (organization, id) in [(Samples.organization, "c1"), (Samples.other, "c2")] {
            let connection = Samples.connection(id, organization: organization)
            try await store.plant(connection, Samples.active(connection))
            try await store.write {
                try $0.insert(Samples.flow("f \(id)", of: connection))
                try $0.save(
                    ClientRecord(
                        key: ClientKey(organization: organization, connector: "sandbox"), updatedAt: $0.now))
                try $0.setEnabled(false, connector: "other", organization: organization)
                try $0.insert(dataKey("k \(id)", organization))
                try $0.openSink("webhook")
                try $0.append(
                    EventRecord(
                        id: "e \(id)", kind: .tokenRefreshed, organization: organization, connector: "sandbox",
                        connection: connection.id, epoch: 1, at: $0.now))
            }
        }
        _ = try await store.write { try $0.takeEvents(for: "webhook", limit: 10) }
        try await store.write {
            try $0.save(OrganizationEnd(organization: Samples.organization, beganAt: $0.now))
            try $0.erase(Samples.organization)
        }
        try await store.read { reader in
            for (organization, id, count) in [(Samples.organization, "c1", 0), (Samples.other, "c2", 1)] {
                try requireEqual(try reader.connections(of: organization, after: nil, limit: 9).count, count, id)
                try requireEqual(try reader.lines(of: ConnectionID(id)).count, count, id)
                try requireEqual(try reader.flow(FlowID("f \(id)")) == nil ? 0 : 1, count, id)
                try requireEqual(try reader.clients(organization: organization).count, count, id)
                try requireEqual(try reader.disabledConnectors(organization: organization).count, count, id)
                try requireEqual(try reader.dataKeys(of: organization).count, count, id)
                let events = try reader.events(organization: organization, kinds: nil, after: 0, limit: 9)
                try requireEqual(events.count, count, id)
            }
            try requireEqual(try reader.sinkState("webhook").pending, 1)
            try requireEqual(try reader.dueDeliveries(of: "webhook", limit: 9).map(\.event.id), ["e c2"])
            try requireEqual(try reader.end(of: Samples.organization) == nil, false)
            try requireEqual(try reader.organizations(), [Samples.other])
        }
        try await store.scrub()
    },
    StoreCase("an erased organization's events are taken by no sink, and no other reader seems to have missed one") {
        store in
        let (own, other) = (Samples.organization, Samples.other)
        try await store.write {
            try $0.openSink("webhook")
            for (id, organization) in [("e1", own), ("e2", own), ("e3", other), ("e4", own)] {
                try $0.append(Samples.event(id, organization: organization))
            }
        }
        try await store.write { try $0.erase(own) }
        let range = try await store.read { try $0.eventRange() }
        try require(range == (1, 4), "\(range)")
        _ = try await store.write { try $0.takeEvents(for: "webhook", limit: 10) }
        try await store.read { reader in
            try requireEqual(try reader.dueDeliveries(of: "webhook", limit: 9).map(\.event.id), ["e3"])
            try requireEqual(try reader.sinkState("webhook").pending, 1)
            try requireEqual(try reader.events(organization: own, kinds: nil, after: 0, limit: 9).count, 0)
            let left = try reader.events(organization: other, kinds: nil, after: 0, limit: 9)
            try requireEqual(left.map(\.event.id), ["e3"])
        }
        // It ages as the others do.
        try await store.write { try $0.eraseEvents(before: Timestamp(milliseconds: 5000)) }
        let aged = try await store.read { try $0.eventRange() }
        try require(aged == (0, 4), "\(aged)")
    },
    StoreCase("a data key's wrapping is replaced only where it is the one that was read (SECURITY 23)") { store in
        try await store.write { try $0.insert(dataKey("k1", Samples.organization)) }
        let (old, new) = (Data("k1".utf8), Data("wrapped anew".utf8))
        try requireEqual(try await store.write { try $0.rewrap(dataKey: "k1", from: new, to: old) }, false)
        try requireEqual(try await store.write { try $0.rewrap(dataKey: "k1", from: old, to: new) }, true)
        try requireEqual(try await store.write { try $0.rewrap(dataKey: "k1", from: old, to: new) }, false)
        try requireEqual(try await store.write { try $0.rewrap(dataKey: "none", from: old, to: new) }, false)
        let found = try await store.read { try $0.dataKeys(of: Samples.organization) }
        try requireEqual(found.map(\.wrapped), [new])
        try requireEqual(found.map(\.encryptions), [7])
    },
]

private func dataKey(_ id: String, _ organization: OrganizationID) -> DataKeyRecord {
    DataKeyRecord(
        id: id, organization: organization, wrapped: Data(id.utf8), createdAt: Timestamp(milliseconds: 1),
        encryptions: 7, retired: false)
}
