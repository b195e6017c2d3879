import Foundation

/// Why the spool or the journal could not do its work.
package struct SpoolError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, for a program.
    package enum Code: Sendable, Hashable {
        /// Another process holds the folder.
        case locked
        /// The folder or the host id in it cannot be used.
        case folder
        /// The folder is another store's.
        case otherStore
        /// The disk refused; nothing was acknowledged, the caller tries again.
        case disk
        /// The file of an entry was changed, cut, or cannot be opened.
        case unreadable
        /// A name holds characters that would break its file.
        case name
    }

    package let code: Code
    /// One sentence for a person, with the remedy where there is one.
    package let description: String
    /// The system's error number, as ENOSPC or EIO.
    package let systemError: Int32?

    package init(_ code: Code, _ description: String, systemError: Int32? = nil) {
        self.code = code
        self.description = systemError.map { "\(description): \(String(cString: strerror($0)))" } ?? description
        self.systemError = systemError
    }
}
