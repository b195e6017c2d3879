import Foundation
import Glibc
import Settings
import Spool

/// Which store a spool folder is of. Its entries and marks tell of that store alone: with another one, such as the
/// database that a restore has left beside, they would be lost to it, and it would seem to have gone back.
struct SpoolOwner {
    let store: String
    let folder: String

    init(_ storage: HostSettings.Storage) throws {
        folder = storage.spoolFolder
        store =
            try storage.postgres.map { try PostgresAccess($0).place }
            ?? Self.name(ofFile: storage.databasePath, from: folder)
    }

    /// The database's own name, through links. As seen from where the spool folder lies if it is below that: both may be
    /// moved together. Not the store's id, which every copy has, too.
    static func name(ofFile database: String, from folder: String) -> String {
        let (place, spool) = (canonical(database), canonical(folder))
        let parent = (spool as NSString).deletingLastPathComponent
        return "sqlite:" + (place.hasPrefix(parent + "/") ? String(place.dropFirst(parent.count + 1)) : place)
    }

    /// - Throws: `StartFailure` (wrong usage) for another store's folder.
    func take(_ spool: SpoolFolder) throws { try explained { try spool.belong(to: store) } }

    /// The same without opening or changing anything.
    func require() throws { try explained { try SpoolFolder.requireStore(store, in: folder) } }

    private func explained<Result>(_ body: () throws -> Result) throws {
        do { _ = try body() } catch let error as SpoolError where error.code == .otherStore {
            throw StartFailure(error.description, code: .wrongUsage)
        }
    }

    /// What is not there yet is named by its folder.
    private static func canonical(_ path: String) -> String {
        if let whole = realpath(path, nil) {
            defer { free(whole) }
            return String(cString: whole)
        }
        let url = URL(fileURLWithPath: path)
        let parent = url.deletingLastPathComponent().path
        return (parent == "/" ? "" : canonical(parent)) + "/" + url.lastPathComponent
    }
}
