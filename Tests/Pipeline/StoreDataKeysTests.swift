import Foundation
import Model
import SQLiteStore
import Secrets
import Testing

@testable import Pipeline

/// The store as the place of data keys, where several hosts add them.
@Suite struct StoreDataKeysTests {
    private static let organization = OrganizationID("acme")

    private func key(_ name: String) -> WrappedDataKey {
        WrappedDataKey(
            id: DataKeyID(name), organization: Self.organization, wrapped: Data(name.utf8),
            createdAt: Timestamp(milliseconds: 1_700_000_000_000))
    }

    @Test("a key is added beside those that its maker knows, and not beside one that another host has added since")
    func adding() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/data-keys-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try SQLiteStore.open(path: folder + "/store.db")
        let keys = StoreDataKeys(store)
        #expect(try await keys.add(key("dk_1"), unlessBeside: []).map(\.id) == [DataKeyID("dk_1")])
        #expect(try await keys.add(key("dk_2"), unlessBeside: []).map(\.id) == [DataKeyID("dk_1")])
        let both = try await keys.add(key("dk_3"), unlessBeside: [DataKeyID("dk_1")])
        #expect(both.map(\.id) == [DataKeyID("dk_1"), DataKeyID("dk_3")])
        #expect(try await keys.dataKeys(of: Self.organization) == both)
        try await store.close()
    }
}
