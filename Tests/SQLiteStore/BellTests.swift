import Model
import SQLiteStore
import StoreContract
import Testing

@Suite struct BellTests {
    private static let others = (0..<1000).map { OrganizationID("other-\($0)") }

    @Test func `an event is heard by its organization and by who hears all, and by few others`() async throws {
        try await Place.with { place in
            let store = try place.open()
            let own = OrganizationID("org-1")
            try await store.write { transaction in
                try transaction.append(
                    EventRecord(
                        id: "e", kind: .appEnabled, organization: own, connector: "sandbox", epoch: 1,
                        at: .distantPast))
            }
            let bell = store.eventBell
            #expect(bell.rings == 1 && bell.rings(of: own) == 1)
            // Of a thousand that share 256 places four by chance; seventy would need more luck than there is.
            #expect(Self.others.count { bell.rings(of: $0) > 0 } < 70)
            await bell.wait(beyond: 0, of: own, for: .seconds(600))
            try await store.close()
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `who waits for one organization is woken by it, and by what is for all`() async {
        let bell = EventBell()
        let own = OrganizationID("org-1")
        for ring in [{ bell.ring(for: [own]) }, { bell.ring() }] as [@Sendable () -> Void] {
            let before = bell.rings(of: own)
            async let woken: Void = bell.wait(beyond: before, of: own, for: .seconds(600))
            ring()
            await woken
            #expect(bell.rings(of: own) == before + 1)
        }
        bell.ring(for: [])
        #expect(bell.rings == 2, "no organization is no news")
    }
}
