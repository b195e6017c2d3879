/// Named points of a refresh, an exchange, a step or an operator's long work at which the kill -9 tests end the process (trait `FaultPoints`; a release has none).
package enum FaultPoint: String, Sendable, CaseIterable {
    /// The claim is durable, nothing else happened.
    case claimed
    /// The journal line is durable and the connection is open: the next act is the write.
    case sent
    /// The first byte of the answer was read.
    case firstByte = "first_byte"
    /// The whole answer is in memory.
    case answerReceived = "answer_received"
    /// The sealed answer is durable in the spool.
    case spooled
    /// The store has committed what the answer said.
    case committed
    /// Callers were answered.
    case acknowledged
    /// The spool entry is gone.
    case spoolEntryDeleted = "spool_entry_deleted"
    /// A step's whole answer is in memory.
    case stepAnswered = "step_answered"
    /// A step's sealed answer is durable in the spool.
    case stepSpooled = "step_spooled"
    /// The deletion of an organization has begun in the store.
    case organizationMarked = "organization_marked"
    /// Its connections are gone for callers.
    case organizationHidden = "organization_hidden"
    /// Providers were told, as far as they listened.
    case organizationRevoked = "organization_revoked"
    /// Its rows and keys are erased, what lies in files is not.
    case organizationErased = "organization_erased"
    /// A new key encryption key is kept; nothing uses it yet.
    case keyMade = "key_made"
    /// It is in use; everything is still wrapped by others.
    case keyInUse = "key_in_use"
    /// One data key was wrapped anew.
    case dataKeyRewrapped = "data_key_rewrapped"

    /// Ends the process with SIGKILL if the environment's `FAULT_POINT` names this point. With `FAULT_SIGNAL=STOP` it is
    /// frozen, once, until somebody sends it SIGCONT. With `FAULT_COUNT` that happens to the one who comes by as that number.
    @inlinable
    package func reach() {
        #if FaultPoints
            endProcessIfNamed()
        #endif
    }
}

#if FaultPoints
    import Foundation
    import Locks

    extension FaultPoint {
        private static let environment = ProcessInfo.processInfo.environment
        private static let named = environment["FAULT_POINT"]
        private static let freezes = environment["FAULT_SIGNAL"] == "STOP"
        private static let count = environment["FAULT_COUNT"].flatMap { Int($0) } ?? 1
        private static let passed = Locked(0)

        @usableFromInline
        package func endProcessIfNamed() {
            guard Self.named == rawValue, Self.isDue() else { return }
            FileHandle.standardError.write(Data("reached fault point \(rawValue)\n".utf8))
            // To this thread: sent to the process, it might find another one, and this one would go a little further.
            if Self.freezes { raise(SIGSTOP) } else { kill(getpid(), SIGKILL) }
        }

        private static func isDue() -> Bool {
            passed.withLock {
                $0 += 1
                return $0 == count
            }
        }
    }
#endif
