import Foundation
import Glibc

/// Tells whether the definitions of a folder changed, without reading them: names, sizes and times.
package struct FolderWatch: Sendable {
    private let folder: String

    package init(folder: String) { self.folder = folder }

    /// Differs from the one before when a file came, went or was written.
    package func state() -> [String: [Int]] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var state: [String: [Int]] = [:]
        for name in names where name.hasSuffix(".yaml") && !name.hasPrefix(".") {
            var status = stat()
            guard stat(DefinitionLoader.join(folder, name), &status) == 0 else { continue }
            state[name] = [
                Int(status.st_ino), Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
            ]
        }
        return state
    }
}
