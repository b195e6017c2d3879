import Foundation
package import Logging
import Model
package import RefreshProtocol
package import Spool
package import StoreContract

/// The epoch of the store, and the look whether it went back (PROTOCOL.md §9).
package enum Epoch {
    private static let name = "epoch"

    /// Reads the epoch at start. A store whose mark lies behind the journal's was restored or rolled back: a new epoch
    /// begins, generations continue at epoch × 2^32, and rotating lines wait in VERIFY.
    package static func settle(
        _ store: any Store, journal: Journal, timing: Timing, logger: Logger
    ) async throws -> Int64 {
        let (epoch, mark) = try await store.write { transaction -> (Int64, Int64) in
            let epoch = try transaction.setting(name).flatMap { Int64(String(decoding: $0, as: UTF8.self)) }
            if epoch == nil { try transaction.set(Data("1".utf8), for: name) }
            return (epoch ?? 1, try transaction.highestMark())
        }
        guard mark < journal.highestMark else { return epoch }
        logger.critical(
            "the store went back: it was restored or rolled back; rotating connections wait for the operator",
            metadata: ["mark": "\(mark)", "journal": "\(journal.highestMark)"])
        try await begin(epoch + 1, store, timing)
        return epoch + 1
    }

    private static func begin(_ epoch: Int64, _ store: any Store, _ timing: Timing) async throws {
        var last: LineID?
        repeat {
            let after = last
            last = try await store.write { transaction in
                let lines = try transaction.lines(after: after, limit: 200)
                for line in lines { _ = try transaction.step(line, .storeWentBack(epoch: epoch), timing: timing) }
                return lines.last
            }
        } while last != nil
        // Last, so that a crash half way begins again with the same epoch.
        try await store.write { try $0.set(Data("\(epoch)".utf8), for: name) }
    }
}
