import Dispatch
import Model
import Secrets
import Spool

/// The spool blocks on the disk, so it is called from threads that may wait.
extension PipelineParts {
    private static let disk = DispatchQueue(label: "spool", attributes: .concurrent)

    /// Seals and writes an answer; durable when it returns.
    func spoolWrite(_ entry: SpoolEntry) async throws {
        do {
            try await onDisk { try spool.entries.write(entry, with: sealer) }
        } catch {
            guard try await hasRenewedKeys(of: entry.organization, after: error) else { throw error }
            try await onDisk { try spool.entries.write(entry, with: sealer) }
        }
    }

    /// Puts an entry aside whose outcome the store holds, but not its content (row 25).
    func spoolKeep(_ attempt: AttemptID) async throws {
        try await onDisk { try spool.entries.keep(attempt) }
    }

    /// Keys may have grown too old since a call began, and a process that was stopped for minutes must still be able to
    /// keep what came: true when they are there again and the work is worth another try.
    func hasRenewedKeys(of organization: OrganizationID, after error: any Error) async throws -> Bool {
        guard let error = error as? SecretsError, error.code == .notPrepared else { return false }
        try await keyRing.prepare(organization)
        return true
    }

    /// Removes an entry whose content the store holds.
    func spoolDelete(_ attempt: AttemptID) async throws {
        try await onDisk {
            try spool.entries.delete(attempt)
            try spool.entries.prepareDraft()  // the next answer's, while nobody waits
        }
    }

    /// Everything that waits; the keys of all organizations in it are prepared first.
    func spoolItems() async throws -> [SpoolItem] {
        for organization in spool.entries.organizations { try await keyRing.prepare(organization) }
        return try await onDisk { spool.entries.items(with: sealer) }
    }

    /// Answers that were put aside and can be opened.
    func keptAnswers() async throws -> [SpoolEntry] {
        for organization in spool.entries.kept.organizations { try await keyRing.prepare(organization) }
        return try await onDisk { spool.entries.kept.items(with: sealer) }
    }

    private func onDisk<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Self.disk.async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }
}
