import Foundation
import Model
import PostgresServer
import StoreContract
import Testing

@testable import PostgresStore

/// Breakers that several hosts share, as rows.
@Suite struct ClientBreakerTests {
    private let client = ClientKey(organization: OrganizationID("org_1"), connector: "sandbox")
    private let first = Data("first".utf8)
    private let second = Data("second".utf8)

    @Test func `a breaker is there while its client has trouble, and is found with what is asked next`() async throws {
        try await with { store in
            #expect(try await store.stored(client) == nil)
            try await store.change(client, to: first)
            #expect(try await store.stored(client) == first)
            #expect(try await store.read { try $0.clientBreakers() } == [client: first])
            try await store.change(client, to: second)
            #expect(try await store.stored(client) == second)
            try await store.change(client, to: nil)
            #expect(try await store.read { try $0.clientBreakers() }.isEmpty)
        }
    }

    @Test func `of two that saw the same one takes the probe, and the other's transaction does nothing`() async throws {
        try await with { store in
            let (client, first, second) = (client, first, second)
            try await store.change(client, to: first)
            try await store.write { try $0.setClientBreaker(client, to: second, replacing: first) }
            let error = await #expect(throws: StoreError.self) {
                try await store.write {
                    try $0.set(Data("x".utf8), for: "beside")
                    try $0.setClientBreaker(client, to: Data("third".utf8), replacing: first)
                }
            }
            #expect(error?.brokenRule == .clientBreaker)
            #expect(try await store.stored(client) == second)
            #expect(try await store.read { try $0.setting("beside") } == nil)
        }
    }

    private func with(_ body: (PostgresStore) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            try await body(store)
            try await store.close()
        }
    }
}

extension PostgresStore {
    fileprivate func stored(_ client: ClientKey) async throws -> Data? {
        try await write { transaction in
            let breaker = try transaction.clientBreaker(client)
            _ = try transaction.setting("epoch")
            return try breaker()
        }
    }

    fileprivate func change(_ client: ClientKey, to state: Data?) async throws {
        try await write { try $0.changeClientBreaker(client) { _ in state } }
    }
}
