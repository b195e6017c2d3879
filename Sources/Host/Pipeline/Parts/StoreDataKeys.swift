package import Model
package import Secrets
package import StoreContract

/// The store as the place of wrapped data keys.
package struct StoreDataKeys: DataKeyStorage {
    private let store: any Store

    package init(_ store: any Store) { self.store = store }

    package func dataKeys(of organization: OrganizationID) async throws -> [WrappedDataKey] {
        try await store.read { try $0.dataKeys(of: organization).map(WrappedDataKey.init) }
    }

    package func add(
        _ key: WrappedDataKey, unlessBeside known: Set<DataKeyID>
    ) async throws -> [WrappedDataKey] {
        try await store.write { transaction in
            let stored = try transaction.dataKeys(of: key.organization).map(WrappedDataKey.init)
            guard known.isSuperset(of: stored.map(\.id)) else { return stored }
            try transaction.insert(
                DataKeyRecord(
                    id: key.id.description, organization: key.organization, wrapped: key.wrapped,
                    createdAt: key.createdAt, encryptions: Int64(key.encryptions), retired: key.retired))
            return stored + [key]
        }
    }

    package func reserve(_ count: Int, of key: DataKeyID, organization: OrganizationID) async throws -> Int {
        try await store.write { Int(try $0.reserveEncryptions(Int64(count), of: key.description)) }
    }

    package func retire(_ key: DataKeyID, organization: OrganizationID) async throws {
        try await store.write { try $0.retire(dataKey: key.description) }
    }
}

extension WrappedDataKey {
    fileprivate init(_ record: DataKeyRecord) {
        self.init(
            id: DataKeyID(record.id), organization: record.organization, wrapped: record.wrapped,
            createdAt: record.createdAt, encryptions: Int(record.encryptions), retired: record.retired)
    }
}
