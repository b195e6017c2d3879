/// Why something secret could not be kept, found or used. Its text names things, never a value.
package struct SecretsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, for a program.
    package enum Code: Sendable, Hashable {
        /// The key file is missing, foreign, of a wrong length or open to others.
        case keyFile
        /// The key encryption key is not the one that wrapped this.
        case wrongKey
        /// `KeyRing.prepare` has not put the organization's key in memory, or too long ago.
        case notPrepared
        /// The key that sealed this is not among the organization's.
        case unknownKey
        /// The bytes were changed, cut, or belong to another place (SECURITY 20, 21).
        case refused
        /// More was sealed than was reserved while the store was away (SECURITY 22).
        case exhausted
        /// A request names a secret that has no value.
        case missingSecret
        /// A signing key cannot be read, or does not fit the algorithm.
        case unusableSigningKey
        /// A backup's file cannot be read or written: a disk that is full or ill.
        case backupFile
        /// There is no file where the name of a backup says, or none can be made there.
        case backupName
        /// An assertion asks for what is the host's alone, or cannot be written.
        case unusableAssertion
    }

    package let code: Code
    /// One sentence for a person, with the remedy where there is one.
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
