import ConnectorSDK
import Foundation
import Model
import RefreshProtocol
import SQLiteStore
import StoreContract
import Testing

@testable import Pipeline

/// What begins next of the work that is due, when one organization has far more of it than fits (SECURITY.md line 38).
@Suite struct RoundsTests {
    @Test("a mass of lines that were due first leaves every other organization its turn, and never more than its share")
    func mass() async throws {
        try await withStore { store in
            try await store.plant("big", 60, dueFor: .seconds(1000))
            for name in ["small-1", "small-2", "small-3"] { try await store.plant(name, 1, dueFor: .seconds(1)) }
            let rounds = rounds(atOnce: 8)
            let first = await rounds.next(in: store) { _ in false }
            #expect(first.count(of: "big") == 3)
            for name in ["small-1", "small-2", "small-3"] { #expect(first.count(of: name) == 1, "\(name)") }
            // The big one's hang, the others' are over, and due again at once.
            var hanging = first.filter { $0.organization == OrganizationID("big") }
            for line in first where line.organization != OrganizationID("big") { rounds.end(line) }
            var turns: Set<OrganizationID> = []
            for _ in 0..<10 {
                let next = await rounds.next(in: store) { _ in false }
                hanging += next.filter { $0.organization == OrganizationID("big") }
                for line in next where line.organization != OrganizationID("big") {
                    turns.insert(line.organization)
                    rounds.end(line)
                }
            }
            #expect(hanging.count <= 4 && Set(hanging).count == hanging.count, "half at most, and none twice")
            #expect(turns.count == 3)
        }
    }

    @Test("more organizations than fit in one look come round, each once before any comes again")
    func rotation() async throws {
        try await withStore { store in
            try await store.plant("a-big", 40, dueFor: .seconds(1000))
            let names = (0..<30).map { "org-\($0)" }
            for name in names { try await store.plant(name, 1, dueFor: .seconds(1)) }
            let rounds = rounds(atOnce: 4)
            var seen: [OrganizationID: Int] = [:]
            var looks = 0
            while !names.allSatisfy({ seen[OrganizationID($0)] != nil }), looks < 100 {
                looks += 1
                for line in await rounds.next(in: store, unless: { _ in false }) {
                    seen[line.organization, default: 0] += 1
                    rounds.end(line)
                }
            }
            #expect(looks <= 12, "\(looks) looks at four each for thirty-one organizations")
        }
    }

    @Test("where all that is due fits, it begins; what is busy or runs already does not")
    func all() async throws {
        try await withStore { store in
            try await store.plant("a", 3, dueFor: .seconds(9))
            try await store.plant("b", 1, dueFor: .seconds(1))
            let rounds = rounds(atOnce: 64)
            let busy = LineID(connection: ConnectionID("a-0"))
            let first = await rounds.next(in: store) { $0.id == busy }
            #expect(Set(first.map(\.id.connection.description)) == ["a-1", "a-2", "b-0"])
            #expect(await rounds.next(in: store, unless: { _ in false }).map(\.id) == [busy])
            #expect(await rounds.next(in: store, unless: { _ in false }).isEmpty)
            rounds.end(first[0])
            rounds.end(first[0])
            #expect(await rounds.next(in: store, unless: { _ in false }) == [first[0]])
        }
    }

    @Test("two hosts over one store begin what is due once, and each what the other has not taken")
    func shared() async throws {
        try await withStore { store in
            try await store.plant("a", 30, dueFor: .seconds(9))
            let shared = SharedStore(store)
            let (one, two) = (claiming(atOnce: 16), claiming(atOnce: 16))
            async let mine = one.next(in: shared) { _ in false }
            async let others = two.next(in: shared) { _ in false }
            var (first, second) = await (mine, others)
            #expect(Set(first.map(\.id)).isDisjoint(with: second.map(\.id)))
            #expect(first.allSatisfy { one.claim(of: $0) != nil })
            // Nothing ends: half each at most, and none twice.
            for _ in 0..<20 {
                first += await one.next(in: shared) { _ in false }
                second += await two.next(in: shared) { _ in false }
            }
            #expect(first.count == 8 && second.count == 8)
            #expect(Set((first + second).map(\.id)).count == 16)
            let piece = first[0]
            one.end(piece)
            #expect(one.claim(of: piece) == nil)
        }
    }

    @Test("where the store is this host's alone nothing is claimed")
    func exclusive() async throws {
        try await withStore { store in
            try await store.plant("a", 1, dueFor: .seconds(9))
            let rounds = claiming(atOnce: 4)
            let pieces = await rounds.next(in: store) { _ in false }
            #expect(pieces.count == 1 && rounds.claim(of: pieces[0]) == nil)
            #expect(try await store.read { try $0.dueLines(of: nil, limit: 9) } == pieces)
        }
    }

    private func claiming(atOnce most: Int) -> Rounds<DueLine> {
        Rounds(.refresh, atOnce: most, claim: { try $0.claim(lines: $1, until: $2) }) { reader, organization, limit in
            try reader.dueLines(of: organization, limit: limit)
        }
    }

    private func rounds(atOnce most: Int) -> Rounds<DueLine> {
        Rounds(.refresh, atOnce: most) { reader, organization, limit in
            try reader.dueLines(of: organization, limit: limit)
        }
    }

    private func withStore(_ body: (any Store) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/token-manager-rounds-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try SQLiteStore.open(path: folder + "/store.db")
        try await body(store)
        try await store.close()
    }
}

extension [DueLine] {
    fileprivate func count(of organization: String) -> Int {
        count { $0.organization == OrganizationID(organization) }
    }
}

extension Store {
    /// So many lines of an organization that are due since then.
    fileprivate func plant(_ organization: String, _ count: Int, dueFor time: Duration) async throws {
        try await write { transaction in
            for number in 0..<count {
                let connection = ConnectionRecord(
                    id: ConnectionID("\(organization)-\(number)"), organization: OrganizationID(organization),
                    connector: "acme", client: "default", name: "\(number)", owner: .organization,
                    createdAt: transaction.now, grantType: "refresh_token", metadata: "{}")
                try transaction.insert(connection)
                var line = Line(
                    id: LineID(connection: connection.id), organization: connection.organization,
                    grant: GrantID("g"), rotation: .static)
                line.state = .active
                line.canPresent = true
                line.dueAt = transaction.now - time
                try transaction.save(line, replacing: nil)
            }
        }
    }
}

/// The same store, as one that other hosts write as well.
private struct SharedStore: Store {
    private let store: any Store

    init(_ store: any Store) { self.store = store }

    var mergesClaimAndSend: Bool { false }
    var isExclusive: Bool { false }
    var now: Timestamp { store.now }
    var eventBell: EventBell { store.eventBell }

    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws -> Result
    ) async throws -> Result { try await store.write(body) }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result { try await store.read(body) }

    func scrub() async throws { try await store.scrub() }
    func check() async throws { try await store.check() }
    func close() async throws { try await store.close() }
}
