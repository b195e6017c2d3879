import Foundation
import Model
import StoreContract

let installationCases: [StoreCase] = [
    StoreCase("hosts are known by their last heartbeat; a lost one that speaks is not lost") { store in
        let before = store.now
        try await store.write {
            try $0.heartbeat(of: HostID("h2"), boot: BootID("b1"))
            try $0.heartbeat(of: HostID("h1"), boot: BootID("b1"))
            try $0.setLost(true, host: HostID("h1"))
        }
        let hosts = try await store.read { try $0.hosts() }
        try requireEqual(hosts.map(\.id.description), ["h1", "h2"])
        try requireEqual(hosts.map(\.lost), [true, false])
        try require(hosts.allSatisfy { $0.heartbeatAt >= before && $0.heartbeatAt <= store.now }, "store time")
        try await store.write { try $0.heartbeat(of: HostID("h1"), boot: BootID("b2")) }
        let again = try await store.read { try requireSome(try $0.hosts().first, "h1") }
        try requireEqual(again.boot, BootID("b2"))
        try requireEqual(again.lost, false)
        try await requireError(.missing) { try await store.write { try $0.setLost(true, host: HostID("h9")) } }
    },
    StoreCase("data keys belong to an organization; reservations add up (SECURITY 22, 34)") { store in
        @Sendable func key(_ id: String, _ organization: OrganizationID, at: Int64) -> DataKeyRecord {
            DataKeyRecord(
                id: id, organization: organization, wrapped: Data(id.utf8), createdAt: Timestamp(milliseconds: at),
                encryptions: 7, retired: false)
        }
        let (new, old) = (key("new", Samples.organization, at: 2), key("old", Samples.organization, at: 1))
        try await store.write {
            try $0.insert(new)
            try $0.insert(old)
            try $0.insert(key("other", Samples.other, at: 0))
        }
        try requireEqual(try await store.read { try $0.dataKeys(of: Samples.organization) }, [old, new])
        let organizations = try await store.read { try $0.organizations() }
        try requireEqual(organizations, [Samples.organization, Samples.other].sorted())
        let total = try await store.write { try $0.reserveEncryptions(1000, of: "new") }
        try requireEqual(total, 1007)
        try requireEqual(try await store.write { try $0.reserveEncryptions(1, of: "new") }, 1008)
        try await store.write { try $0.retire(dataKey: "old") }
        let keys = try await store.read { try $0.dataKeys(of: Samples.organization) }
        try requireEqual(keys.map(\.retired), [true, false])
        try requireEqual(keys.map(\.encryptions), [7, 1008])
        try await requireError(.conflict, rule: .dataKeyID) { try await store.write { try $0.insert(new) } }
        try await requireError(.missing) { _ = try await store.write { try $0.reserveEncryptions(1, of: "none") } }
        try await requireError(.missing) { try await store.write { try $0.retire(dataKey: "none") } }
    },
    StoreCase("a setting is what was set last") { store in
        try requireEqual(try await store.read { try $0.setting("epoch") }, nil)
        try await store.write { try $0.set(Data([1]), for: "epoch") }
        try await store.write { try $0.set(Data(), for: "epoch") }
        try await store.write { try $0.set(Data([2]), for: "key_check") }
        try requireEqual(try await store.read { try $0.setting("epoch") }, Data())
    },
    StoreCase("a setting is replaced only by who knows what it is") { store in
        @Sendable func set(_ value: UInt8, replacing old: UInt8?) async throws {
            try await store.write { try $0.set(Data([value]), for: "app_config", replacing: old.map { Data([$0]) }) }
        }
        try await requireError(.conflict, rule: .setting) { try await set(1, replacing: 0) }
        try await set(1, replacing: nil)
        try await requireError(.conflict, rule: .setting) { try await set(2, replacing: nil) }
        try await requireError(.conflict, rule: .setting) { try await set(2, replacing: 3) }
        try requireEqual(try await store.read { try $0.setting("app_config") }, Data([1]))
        try await set(2, replacing: 1)
        try await set(2, replacing: 2)
        try requireEqual(try await store.read { try $0.setting("app_config") }, Data([2]))
        try requireEqual(try await store.read { try $0.setting("epoch") }, nil)
    },
    StoreCase("of two who replace a setting at once one does") { store in
        try await store.write { try $0.set(Data([0]), for: "app_config") }
        let replaced = try await withThrowingTaskGroup(of: Bool.self) { group in
            for value in UInt8(1)...8 {
                group.addTask {
                    do {
                        try await store.write { try $0.set(Data([value]), for: "app_config", replacing: Data([0])) }
                        return true
                    } catch let error as StoreError where error.brokenRule == .setting {
                        return false
                    }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        try requireEqual(replaced, 1)
    },
    StoreCase(opening: "marks grow, over a reopen too") { open in
        var store = try await open()
        try requireEqual(try await store.read { try $0.highestMark() }, 0)
        var last: Int64 = 0
        for _ in 0..<3 {
            for _ in 0..<10 {
                let mark = try await store.write { try $0.drawMark() }
                try require(mark > last, "\(mark) after \(last)")
                last = mark
            }
            try requireEqual(try await store.read { try $0.highestMark() }, last)
            try await store.close()
            store = try await open()
        }
        try await store.close()
    },
    StoreCase("a transaction commits only while epoch and session are those that were seen (PROTOCOL.md 9)") { store in
        let bare = try await store.read { try $0.sight() }
        try requireEqual(bare.epoch, nil)
        try await store.write { try $0.set(Data("1".utf8), for: "epoch") }
        let mark = try await store.write { try $0.drawMark() }
        let seen = try await store.read { try $0.sight() }
        try requireEqual(seen, StoreSight(epoch: Data("1".utf8), mark: mark, session: bare.session))
        @Sendable func set(_ value: UInt8, seeing sight: StoreSight) async throws {
            try await store.write {
                try $0.require(sight)
                try $0.set(Data([value]), for: "key_check")
            }
        }
        try await set(1, seeing: seen)
        // Marks go on: that is no other store.
        _ = try await store.write { try $0.drawMark() }
        try await set(2, seeing: seen)
        var other = seen
        other.session += "0"
        try await requireError(.moved) { try await set(3, seeing: other) }
        try await store.write { try $0.set(Data("1 2".utf8), for: "epoch") }
        try await requireError(.moved) { try await set(4, seeing: seen) }
        try requireEqual(try await store.read { try $0.setting("key_check") }, Data([2]))
    },
    StoreCase("in a new epoch marks and events go on above what lost rows had, and never below") { store in
        let (mark, before) = try await store.write { transaction in
            try transaction.raiseCounters(to: 1000)
            try transaction.append(Samples.event("1"))
            return (try transaction.drawMark(), try transaction.eventRange())
        }
        try requireEqual(mark, 1001)
        try require(before == (1001, 1001), "\(before)")
        let (next, after) = try await store.write { transaction in
            try transaction.raiseCounters(to: 10)
            try transaction.append(Samples.event("2"))
            return (try transaction.drawMark(), try transaction.eventRange())
        }
        try requireEqual(next, 1002)
        try require(after == (1001, 1002), "\(after)")
    },
    StoreCase("a stored answer is given for a day") { store in
        let now = store.now
        @Sendable func answer(_ key: String, at: Timestamp, status: Int = 201) -> IdempotentAnswer {
            IdempotentAnswer(
                key: key, request: Data([1]), status: status, sealedBody: Data([2, 3]), at: at)
        }
        let (young, old) = (answer("young", at: now - .seconds(86000)), answer("old", at: now - .seconds(86500)))
        try await store.write {
            try $0.save(young)
            try $0.save(old)
        }
        try requireEqual(try await store.read { try $0.idempotentAnswer("young") }, young)
        try requireEqual(try await store.read { try $0.idempotentAnswer("old") }, nil)
        try await store.write { try $0.eraseAnswers() }
        try requireEqual(try await store.read { try $0.idempotentAnswer("young") }, young)
        let again = answer("young", at: now, status: 409)
        try await store.write { try $0.save(again) }
        try requireEqual(try await store.read { try $0.idempotentAnswer("young") }, again)
    },
    StoreCase("of many who ask at once for an answer that is not there, and write then, one finds none") { store in
        let answer = IdempotentAnswer(
            key: "turn", request: Data([1]), status: 0, sealedBody: Data([2]), at: store.now)
        let found = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await store.write { transaction in
                        guard try transaction.idempotentAnswer("turn") == nil else { return true }
                        try transaction.save(answer)
                        return false
                    }
                }
            }
            return try await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        try requireEqual(found.count { !$0 }, 1)
    },
]
