import Logging
import Model
import Secrets
import Spool
import StoreContract
import Threads

/// The spool blocks on the disk, so it is called from threads that may wait.
extension PipelineParts {
    /// Seals and writes an answer; durable when it returns.
    func spoolWrite(_ entry: SpoolEntry) async throws {
        do {
            try await WaitingThreads.run { try spool.entries.write(entry, with: sealer) }
        } catch {
            guard try await hasRenewedKeys(of: entry.organization, after: error) else { throw error }
            try await WaitingThreads.run { try spool.entries.write(entry, with: sealer) }
        }
    }

    /// Keys may have grown too old since a call began, and a process that was stopped for minutes must still be able to
    /// keep what came: true when they are there again and the work is worth another try.
    func hasRenewedKeys(of organization: OrganizationID, after error: any Error) async throws -> Bool {
        guard let error = error as? SecretsError, error.code == .notPrepared else { return false }
        try await keyRing.prepare(organization)
        return true
    }

    /// Removes an entry whose content the store holds; one of which it holds the outcome alone is put aside (row 25).
    func putAway(_ attempt: AttemptID, keepsRaw: Bool) async throws {
        try await WaitingThreads.run {
            if keepsRaw { return try spool.entries.keep(attempt) }
            try spool.entries.delete(attempt)
            // The next answer's, while nobody waits; without one it makes its own.
            if !spool.entries.hasDraft { try? spool.entries.prepareDraft() }
        }
    }

    /// Everything that waits; the keys of all organizations in it are prepared first. What belongs to one whose keys are
    /// not to be had is unreadable until they are, and keeps nobody else's from the store.
    func spoolItems() async throws -> [SpoolItem] {
        try await prepareKeys(of: spool.entries.organizations, needsAll: false)
        return await WaitingThreads.run { spool.entries.items(with: sealer) }
    }

    /// Answers that were put aside and can be opened.
    /// - Parameter needsAll: Throw where the keys of one organization are not to be had, and do not leave its answers out.
    func keptAnswers(needsAll: Bool) async throws -> [SpoolEntry] {
        try await prepareKeys(of: spool.entries.kept.organizations, needsAll: needsAll)
        return await WaitingThreads.run { spool.entries.kept.items(with: sealer) }
    }

    /// What an organization left that was deleted meanwhile can never be opened: it is removed, not waited for.
    private func prepareKeys(of organizations: Set<OrganizationID>, needsAll: Bool) async throws {
        for organization in organizations where try await !eraseIfEnded(organization) {
            do { try await keyRing.prepare(organization) } catch {
                if needsAll { throw error }
                logger.error(
                    "the keys of an organization are not to be had; its answers stay in the spool until they are",
                    metadata: ["org": "\(organization)", "code": "\(error)"])
            }
        }
    }

    /// Removes what was put aside here of organizations that were deleted at another host since.
    func eraseEnded() async throws {
        for organization in spool.entries.kept.organizations { _ = try await eraseIfEnded(organization) }
    }

    /// - Returns: whether it was deleted, and nothing of it is left here.
    private func eraseIfEnded(_ organization: OrganizationID) async throws -> Bool {
        guard try await store.read({ try $0.end(of: organization)?.isErased }) == true else { return false }
        logger.notice("a deleted organization's answers are removed", metadata: ["org": "\(organization)"])
        try await WaitingThreads.run { try spool.entries.erase(organization) }
        return true
    }
}
