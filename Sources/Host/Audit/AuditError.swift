import Foundation

/// Why a record could not be made durable: then what it speaks of must not happen (SECURITY 53).
package struct AuditError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, for a program.
    package enum Code: Sendable, Hashable {
        /// The disk did not answer in time.
        case timeout
        /// Too many records wait already.
        case full
        /// The disk refused.
        case disk
        /// A file of the chain is damaged, so that the chain cannot go on.
        case damaged
        /// A record is larger than the chain takes.
        case tooLarge
    }

    package let code: Code
    /// One sentence for a person, with the remedy where there is one.
    package let description: String

    package init(_ code: Code, _ description: String, systemError: Int32? = nil) {
        self.code = code
        self.description = systemError.map { "\(description): \(String(cString: strerror($0)))" } ?? description
    }
}
