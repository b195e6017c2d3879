import Model
import RefreshProtocol
import StoreContract

/// An open hand-over of a database that a restore replaces: another host has what the line presents, whatever the backup
/// says (`connections export --hand-over`).
struct HandOver {
    let line: LineID
    let attempt: Attempt

    /// Those that nobody has taken back.
    static func all(in reader: any StoreReader) throws -> [HandOver] {
        var (found, last): ([HandOver], LineID?) = ([], nil)
        repeat {
            let page = try reader.lines(after: last, limit: 200)
            for id in page {
                guard let line = try reader.line(id), line.isHandedOver else { continue }
                found += line.attempts.filter(line.isHandOver).map { HandOver(line: id, attempt: $0) }
            }
            last = page.last
        } while last != nil
        return found
    }

    /// Enters it into a backup that does not know it. A line of another grant presents something else, and one that knows
    /// it as taken back is right.
    func save(in transaction: any StoreTransaction) throws {
        guard let old = try transaction.line(line, withAttempt: attempt.id), old.grant == attempt.grant,
            old.attempt(attempt.id) == nil
        else { return }
        var new = old
        new.attempts.append(attempt)
        try transaction.save(new, replacing: old)
    }
}
