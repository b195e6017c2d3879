import ConnectorSDK
import Model
import RefreshProtocol
import Testing

@testable import Pipeline

@Suite struct TokenCacheTests {
    @Test("a full cache forgets what was not used for the longest, and stays within its bound")
    func evicts() {
        let cache = TokenCache(capacity: 4)
        for number in 1...3 { keep(number, in: cache) }
        #expect(cache.snapshot(line(1)) != nil)
        for number in 4...5 { keep(number, in: cache) }
        #expect(cache.snapshot(line(2)) == nil)
        #expect(cache.snapshot(line(1)) != nil)
        #expect(cache.snapshot(line(5)) != nil)
        for number in 6...100 { keep(number, in: cache) }
        #expect((1...100).count { cache.snapshot(line($0)) != nil } <= 4)
    }

    @Test("what a write has changed is gone, used lately or not")
    func written() async {
        let cache = TokenCache(capacity: 4)
        for number in 1...3 { keep(number, in: cache) }
        await cache.writing(line(1).connection) {}
        await cache.writing(line(3).connection) {}
        #expect(cache.snapshot(line(1)) == nil)
        #expect(cache.snapshot(line(3)) == nil)
        #expect(cache.snapshot(line(2)) != nil)
    }

    private func line(_ number: Int) -> LineID { LineID(connection: ConnectionID("con_\(number)")) }

    private func keep(_ number: Int, in cache: TokenCache) {
        let organization = OrganizationID("org_1")
        let connection = ConnectionRecord(
            id: line(number).connection, organization: organization, connector: "sandbox", client: "default",
            name: "\(number)", owner: .organization, createdAt: Timestamp(milliseconds: 1),
            grantType: "authorization_code", inputs: [:], sealedInputs: nil, requestedScopes: [])
        let line = Line(id: line(number), organization: organization, grant: GrantID("g"), rotation: .singleUse)
        cache.keep(
            ConnectionSnapshot(
                connection: connection, client: nil, line: line, tokens: nil, auditIdentifier: nil, enabled: true),
            loadedAt: cache.stamp())
    }
}
