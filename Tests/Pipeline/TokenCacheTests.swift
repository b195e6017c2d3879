import ConnectorSDK
import Model
import RefreshProtocol
import Testing

@testable import Pipeline

@Suite struct TokenCacheTests {
    @Test("a full cache forgets what was not used for the longest, and stays within its bound")
    func evicts() async {
        let cache = TokenCache(capacity: 4)
        for number in 1...3 { await keep(number, in: cache) }
        #expect(cache.snapshot(line(1)) != nil)
        for number in 4...5 { await keep(number, in: cache) }
        #expect(cache.snapshot(line(2)) == nil)
        #expect(cache.snapshot(line(1)) != nil)
        #expect(cache.snapshot(line(5)) != nil)
        for number in 6...100 { await keep(number, in: cache) }
        #expect((1...100).count { cache.snapshot(line($0)) != nil } <= 4)
    }

    @Test("what a write has changed is gone, used lately or not")
    func written() async {
        let cache = TokenCache(capacity: 4)
        for number in 1...3 { await keep(number, in: cache) }
        await cache.writing(line(1).connection) {}
        await cache.writing(line(3).connection) {}
        #expect(cache.snapshot(line(1)) == nil)
        #expect(cache.snapshot(line(3)) == nil)
        #expect(cache.snapshot(line(2)) != nil)
    }

    @Test("what a load brings is kept, however many other connections are written meanwhile")
    func othersWritten() async {
        let cache = TokenCache()
        _ = await cache.loading(line(1).connection) {
            await cache.writing(line(2).connection) {}
            return snapshot(1)
        }
        #expect(cache.snapshot(line(1)) != nil)
    }

    @Test("what a load brings is not kept where a write of the connection overlapped it", arguments: Overlap.allCases)
    func overlapped(_ overlap: Overlap) async {
        let cache = TokenCache()
        _ = await cache.loading(line(1).connection) {
            switch overlap {
            case .written: await cache.writing(line(1).connection) {}
            case .failed: try? await cache.writing(line(1).connection) { throw CancellationError() }
            case .cleared: cache.clear()
            // A load that begins and ends inside must not make the outer one forget what it overlapped.
            case .loadedAndWritten:
                await cache.writing(line(1).connection) {}
                await keep(1, in: cache)
                await cache.writing(line(1).connection) {}
            }
            return snapshot(1)
        }
        #expect(cache.snapshot(line(1)) == nil)
        await keep(1, in: cache)
        #expect(cache.snapshot(line(1)) != nil)
    }

    enum Overlap: CaseIterable, Sendable { case written, failed, cleared, loadedAndWritten }

    @Test("a load that begins and ends while a write runs is not kept")
    func insideWrite() async {
        let cache = TokenCache()
        await cache.writing(line(1).connection) { await keep(1, in: cache) }
        #expect(cache.snapshot(line(1)) == nil)
    }

    @Test("what a write has shown is kept, unless another write of the connection or a clearing was beside it")
    func shown() async {
        let cache = TokenCache()
        await cache.writing(line(1).connection, known: { snapshot(1) }) {
            await cache.writing(line(2).connection) {}
        }
        #expect(cache.snapshot(line(1)) != nil)
        await cache.writing(line(1).connection, known: { snapshot(1) }) { await cache.writing(line(1).connection) {} }
        #expect(cache.snapshot(line(1)) == nil)
        await cache.writing(line(1).connection, known: { snapshot(1) }) { cache.clear() }
        #expect(cache.snapshot(line(1)) == nil)
    }

    private func line(_ number: Int) -> LineID { LineID(connection: ConnectionID("con_\(number)")) }

    private func keep(_ number: Int, in cache: TokenCache) async {
        _ = await cache.loading(line(number).connection) { snapshot(number) }
    }

    private func snapshot(_ number: Int) -> ConnectionSnapshot {
        let organization = OrganizationID("org_1")
        let connection = ConnectionRecord(
            id: line(number).connection, organization: organization, connector: "sandbox", client: "default",
            name: "\(number)", owner: .organization, createdAt: Timestamp(milliseconds: 1),
            grantType: "authorization_code", inputs: [:], sealedInputs: nil, requestedScopes: [])
        let line = Line(id: line(number), organization: organization, grant: GrantID("g"), rotation: .singleUse)
        return ConnectionSnapshot(
            connection: connection, client: nil, line: line, tokens: nil, auditIdentifier: nil, enabled: true)
    }
}
