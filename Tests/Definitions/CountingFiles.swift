import Definitions
import Synchronization

/// Files that count what is asked of them: those of the disk, or made-up ones.
final class CountingFiles: DefinitionFiles {
    struct Counts: Hashable {
        var names = 0
        /// Paths are their last parts.
        var reads: [String] = []
        var read: Int { reads.count }
    }

    private let name: (@Sendable (Int) -> String?)?
    private let state = Mutex(Counts())

    /// - Parameter name: of the file of that number; nil behind the last. Without it the disk's files are meant.
    init(name: (@Sendable (Int) -> String?)? = nil) { self.name = name }

    var counts: Counts { state.withLock { $0 } }

    /// What was read since this was asked last, sorted.
    func takeReads() -> [String] {
        state.withLock { counts in
            defer { counts.reads = [] }
            return counts.reads.sorted()
        }
    }

    func names(in folder: String, most: Int) throws(FileProblem) -> [String] {
        guard let name else { return try DiskFiles().names(in: folder, most: most) }
        let names = Array((0...most).lazy.map(name).prefix { $0 != nil }.compactMap(\.self))
        state.withLock { $0.names += names.count }
        return names
    }

    func stamp(of path: String) -> FileStamp? { name == nil ? DiskFiles().stamp(of: path) : nil }

    /// As if nothing had changed for a while before: a test does not wait for that.
    func read(_ path: String, most: Int) throws(FileProblem) -> FileContents {
        state.withLock { $0.reads.append(path.split(separator: "/").last.map(String.init) ?? path) }
        guard name == nil else { throw .missing }
        var contents = try DiskFiles().read(path, most: most)
        contents.isSettled = true
        return contents
    }
}
