package import Model
import RefreshProtocol
package import Secrets
package import StoreContract

/// What an operator does with a host and its store. The same operations stand behind the door of a running host and
/// behind commands that hold the store themselves. All that changes something is audited as `operator:<Unix user>`.
package struct Administration: Sendable {
    let pipeline: TokenPipeline
    /// Wraps the keys of backups.
    let keys: any KeyProvider
    /// Where a copy of the store lies until it is sealed: on the same disk and as private as the store.
    let workFolder: String

    package init(_ pipeline: TokenPipeline, keys: any KeyProvider, workFolder: String) {
        self.pipeline = pipeline
        self.keys = keys
        self.workFolder = workFolder
    }

    var parts: PipelineParts { pipeline.parts }

    /// For what stands beside the pipeline, such as the desk of webhooks.
    package var store: any Store { parts.store }

    /// Writes an audit record of something that an operator is about to do: first the record, then the deed.
    package func note(_ action: String, _ outcome: String, by user: String) async throws {
        let parts = parts
        try await pipeline.wrapping {
            try await parts.store.write { transaction in
                try transaction.append(
                    .ofHost(Self.name(user), action, outcome, at: transaction.now), of: parts.host)
            }
        }
    }

    /// The same of something that is only read: in the chain of reads, as a token that is served. What was asked for is
    /// given once this has returned (SECURITY.md line 53).
    /// - Throws: `audit_unavailable`.
    package func noteRead(_ action: String, _ what: String, by user: String) async throws {
        try await pipeline.recordRead(.ofHost(Self.name(user), action, what, at: parts.store.now))
    }

    /// An operator's name in the audit.
    static func name(_ user: String) -> String { "operator:\(user)" }

    /// Refuses while the host starts or drains.
    package func requireServing() async throws { try await pipeline.requireServing() }

    /// Every organization that has something stored.
    package func organizations() async throws -> [OrganizationID] {
        try await pipeline.wrapping { try await parts.store.read { try $0.organizations() } }
    }

    /// The caller that an operator is to commands on one connection.
    /// - Throws: `not_found` when there is none of that id.
    func caller(for id: ConnectionID, _ user: String) async throws -> Caller {
        let found = try await pipeline.wrapping { try await parts.store.read { try $0.connection(id) } }
        guard let found, found.deletedAt == nil else { throw TokenPipeline.noSuchConnection }
        return Self.caller(in: found.organization, user)
    }

    static func caller(in organization: OrganizationID, _ user: String) -> Caller {
        Caller(organization: organization, identity: .operating(user: user), requestID: "-")
    }
}
