import GRDB
import Glibc
import StoreContract
import Threads

/// SQLite's own online backup, on a reader: it copies one snapshot page by page while the writer goes on.
extension SQLiteStore: CopyableStore {
    package func copy(to path: String, progress: @escaping @Sendable (Double) throws -> Void) async throws {
        try refuseWhenClosed()
        try await WaitingThreads.run {
            // SQLite would make it readable for others.
            let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw DatabaseFiles.unavailable("cannot make \(path)", errno) }
            Glibc.close(descriptor)
            do { try copyNow(to: path, progress) } catch {
                unlink(path)
                throw ErrorMapping.opening(error, path: path)
            }
        }
    }

    private func copyNow(to path: String, _ progress: @escaping (Double) throws -> Void) throws {
        let copy = try DatabaseQueue(path: path)
        defer { try? copy.close() }
        try pool.backup(to: copy, pagesPerStep: Self.pagesPerStep) { state in
            try progress(Double(state.completedPageCount) / Double(max(1, state.totalPageCount)))
        }
    }

    private static var pagesPerStep: CInt { 2048 }
}
