import Foundation
import StoreContract

extension DatabaseReplacement {
    /// The databases that were replaced and lie beside this one, with the logs that went along, in order of their names.
    /// They hold what was stored then, whatever was erased since.
    /// - Throws: `StoreError` when the folder cannot be read.
    package static func replaced(beside path: String) throws -> [String] {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard !path.isEmpty, FileManager.default.fileExists(atPath: folder) else { return [] }
        let start = (path as NSString).lastPathComponent + keptEnd
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix(start) }.sorted()
                .map { folder + "/" + $0 }
        } catch {
            throw StoreError(
                .unavailable,
                "the folder \(folder) cannot be searched for replaced databases: \(error.localizedDescription)")
        }
    }
}
