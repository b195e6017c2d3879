import Foundation
import TestSupport

/// `scripts/canary-scan` on one folder.
enum CanaryScan {
    /// Looks for these secrets in every byte below a folder.
    static func run(_ folder: URL, for secrets: [String]) async throws -> Tool.Result {
        // The list lies outside, or the scan of everything would find it.
        let place = FileManager.default.temporaryDirectory.appendingPathComponent("canaries-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: place, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: place) }
        let list = place.appendingPathComponent("list")
        try Data(secrets.joined(separator: "\n").utf8).write(to: list)
        let program = TestFolders.repository.appendingPathComponent("scripts/canary-scan").path
        return try await Tool.run(program, folder.path, list.path, log: place.appendingPathComponent("output"))
    }
}
