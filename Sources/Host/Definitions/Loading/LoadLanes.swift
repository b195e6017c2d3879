import Foundation
import Locks

/// A pass over many files on all cores: neighbours in lanes of their own, since most that extend each other are neighbours.
/// A parent in another lane is read in both, and comes out the same.
enum LoadLanes {
    /// Fewer in a lane are not worth a lane.
    private static let fewest = 64

    /// - Parameter isFirst: Nothing is known of them yet; else most are as they were, and that is no work to share.
    /// - Returns: one session with what came of all of them.
    static func run(_ ids: [String], isFirst: Bool, _ session: @Sendable () -> LoadSession) -> LoadSession {
        let cores = isFirst ? ProcessInfo.processInfo.activeProcessorCount : 1
        let lanes = min(cores, max(1, ids.count / fewest))
        let whole = session()
        guard lanes > 1 else {
            for id in ids { _ = whole.outcome(id) }
            return whole
        }
        let found = Locked([LoadSession.Part?](repeating: nil, count: lanes))
        DispatchQueue.concurrentPerform(iterations: lanes) { lane in
            let part = session()
            for id in ids[ids.count * lane / lanes..<ids.count * (lane + 1) / lanes] { _ = part.outcome(id) }
            found.withLock { [part = part.part] in $0[lane] = part }
        }
        for part in found.withLock({ $0.compactMap(\.self) }) { whole.join(part) }
        return whole
    }
}
