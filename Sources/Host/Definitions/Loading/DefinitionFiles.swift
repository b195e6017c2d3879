/// The files that a loader reads: those of the disk, or what a test puts in their place.
package protocol DefinitionFiles: Sendable {
    /// The names in a folder, in no order. No more than `most` and one are looked at.
    func names(in folder: String, most: Int) throws(FileProblem) -> [String]
    /// What tells a changed file from an unchanged one, without reading it. Nil: there is nothing that could be read.
    func stamp(of path: String) -> FileStamp?
    /// The bytes of a regular file. Waits for nobody, and reads nothing of one that has more than `most`.
    func read(_ path: String, most: Int) throws(FileProblem) -> FileContents
}

/// What changes with every change of a file.
package struct FileStamp: Sendable, Hashable {
    package var device: UInt64
    package var inode: UInt64
    /// Bytes.
    package var size: Int
    /// Last write and last change, in nanoseconds since 1970.
    package var written: Int
    package var changed: Int

    package init(device: UInt64, inode: UInt64, size: Int, written: Int, changed: Int) {
        self.device = device
        self.inode = inode
        self.size = size
        self.written = written
        self.changed = changed
    }
}

/// A file's bytes, and the stamp it bore before they were read.
package struct FileContents: Sendable {
    package var bytes: [UInt8]
    package var stamp: FileStamp
    /// Whether the last change lies so far back that a later one must show in the stamp: file systems count time in
    /// steps, and two changes within one look alike.
    package var isSettled: Bool

    package init(bytes: [UInt8], stamp: FileStamp, isSettled: Bool) {
        self.bytes = bytes
        self.stamp = stamp
        self.isSettled = isSettled
    }
}

/// Why a file, or a folder, cannot be read.
package enum FileProblem: Error, Sendable, Hashable {
    case missing
    case loop
    case forbidden
    case folder
    /// A pipe, a socket or a device.
    case special
    /// Of so many bytes.
    case tooLarge(Int)
    /// Another errno.
    case failed(Int32)
}

extension FileProblem {
    /// As a finding about a file.
    func diagnostic(at start: SourcePosition) -> Diagnostic {
        switch self {
        case .missing: unreadable("no such file, or a link to none", "remove the link, or put a file there", start)
        case .loop: unreadable("a link that leads back to itself", "remove the link", start)
        case .forbidden:
            unreadable("the host's user may not read this file", "change its owner or its permissions", start)
        case .folder: unreadable("a folder, not a file", "definitions lie side by side; rename this folder", start)
        case .special: unreadable("a pipe, socket or device, not a file", "put a regular file there", start)
        case .tooLarge(let size):
            Diagnostic(
                "yaml-size", "\(size) bytes; at most \(YAMLReader.maximumSize) are read",
                hint: "a definition is a few kilobytes; move what is long to the provider's pages", at: start)
        case .failed(let code):
            unreadable("the file cannot be read (error \(code))", "check the disk and its mount", start)
        }
    }

    private func unreadable(_ message: String, _ hint: String, _ position: SourcePosition) -> Diagnostic {
        Diagnostic("unreadable", message, hint: hint, at: position)
    }
}
