package import Foundation
package import Model

/// The kind of identifier that a data key has.
package enum DataKeyKind {}
/// Names one data key of an organization.
package typealias DataKeyID = Identifier<DataKeyKind>

/// A data key as the store keeps it: wrapped by the key provider. Each organization has its own.
package struct WrappedDataKey: Sendable, Hashable {
    package let id: DataKeyID
    package let organization: OrganizationID
    package let wrapped: Data
    package let createdAt: Timestamp
    /// How many encryptions were reserved with it, by all hosts together: never fewer than were made.
    package var encryptions: Int
    /// Opens what it sealed, seals nothing any more.
    package var retired: Bool

    package init(
        id: DataKeyID, organization: OrganizationID, wrapped: Data, createdAt: Timestamp, encryptions: Int = 0,
        retired: Bool = false
    ) {
        self.id = id
        self.organization = organization
        self.wrapped = wrapped
        self.createdAt = createdAt
        self.encryptions = encryptions
        self.retired = retired
    }

    /// What the wrapping authenticates: a data key moved to another organization does not open.
    package var context: Data { Self.context(organization: organization, id: id) }

    static func context(organization: OrganizationID, id: DataKeyID) -> Data {
        LengthPrefixed("data key", [organization.description, id.description]).bytes
    }
}

/// Where wrapped data keys are kept. Called by `KeyRing.prepare` only, outside of any transaction; every change is
/// durable when the call returns. A synchronous function may stand for each.
package protocol DataKeyStorage: Sendable {
    /// All keys of an organization, retired ones too.
    func dataKeys(of organization: OrganizationID) async throws -> [WrappedDataKey]

    /// Adds a key, unless the organization has one by now that is not known: another host has made it. Of hosts that need a
    /// key at once one adds it.
    /// - Returns: all keys of the organization as they are then, retired ones too.
    func add(_ key: WrappedDataKey, unlessBeside known: Set<DataKeyID>) async throws -> [WrappedDataKey]

    /// Adds to the key's `encryptions`, atomically over all hosts, and returns the new total.
    func reserve(_ count: Int, of key: DataKeyID, organization: OrganizationID) async throws -> Int

    /// Marks a key as retired.
    func retire(_ key: DataKeyID, organization: OrganizationID) async throws
}
