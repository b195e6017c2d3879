import Foundation
import SQLiteStore

/// A folder for one test's database.
struct Place: Sendable {
    let folder: String

    var path: String { folder + "/store/token-manager.sqlite" }

    func open(clock: StoreClock = .system()) throws -> SQLiteStore { try SQLiteStore.open(path: path, clock: clock) }

    /// Gives a fresh folder; it goes when the test ends, unless `TEST_FOLDERS` says where folders are kept.
    static func with(_ body: (Place) async throws -> Void) async throws {
        let kept = ProcessInfo.processInfo.environment["TEST_FOLDERS"]
        let base = kept ?? FileManager.default.temporaryDirectory.path
        let folder = base + "/token-manager-sqlite-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { if kept == nil { try? FileManager.default.removeItem(atPath: folder) } }
        try await body(Place(folder: folder))
    }
}
