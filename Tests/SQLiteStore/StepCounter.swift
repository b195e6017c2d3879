import GRDB
import GRDBSQLite

/// Counts the steps of SQLite's virtual machine, by tens.
final class StepCounter {
    private var tens = 0

    func counting(_ connection: SQLiteConnection?, _ body: () throws -> Void) rethrows -> Int {
        let here = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_progress_handler(
            connection, 10,
            { counter in
                if let counter { Unmanaged<StepCounter>.fromOpaque(counter).takeUnretainedValue().tens += 1 }
                return 0
            }, here)
        defer { sqlite3_progress_handler(connection, 0, nil, nil) }
        tens = 0
        try body()
        return tens * 10
    }
}
