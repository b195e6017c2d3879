import Model
import StoreContract
import StoreRows

extension SQLiteSession {
    func save(_ line: Line, replacing old: Line?) throws {
        for change in line.changes(from: old) {
            switch change {
            case .add(let row): try add(row)
            case .change(let row): try self.change(row)
            case .put(let row): try put(row)
            }
        }
    }

    func postpone(_ line: LineID, until time: Timestamp, fence: Int64?) throws {
        try run(
            """
            UPDATE line SET wake_at = ? WHERE connection = ? AND name = ? AND wake_at IS NOT NULL
            AND fence = COALESCE(?, fence)
            """,
            [time, line.connection, line.name, fence])
    }
}
