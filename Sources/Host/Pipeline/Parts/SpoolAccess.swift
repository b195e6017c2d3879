import Dispatch
import Model
import Secrets
import Spool

/// The spool blocks on the disk, so it is called from threads that may wait.
extension PipelineParts {
    private static let disk = DispatchQueue(label: "spool", attributes: .concurrent)

    /// Seals and writes an answer; durable when it returns.
    func spoolWrite(_ entry: SpoolEntry) async throws {
        try await onDisk { try spool.entries.write(entry, with: sealer) }
    }

    /// Removes an entry whose content the store holds.
    func spoolDelete(_ attempt: AttemptID) async throws {
        try await onDisk { try spool.entries.delete(attempt) }
    }

    /// Everything that waits; the keys of all organizations in it are prepared first.
    func spoolItems() async throws -> [SpoolItem] {
        for organization in spool.entries.organizations { try await keyRing.prepare(organization) }
        return try await onDisk { spool.entries.items(with: sealer) }
    }

    private func onDisk<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Self.disk.async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }
}
