import GRDB

/// How many bytes the rows hold that a refresh writes, measured on rows that refreshes have written.
struct RowSizes {
    /// Average bytes of a row, by table.
    private let sizes: [String: Int]

    /// New rows of T1 with T2, and of T3.
    var inserts: [[Int]] { [["attempt", "audit"], ["version", "event", "audit"]].map { $0.map(size) } }
    /// Rows that exist already: the line and the mark; the line, its attempt, the version before.
    var updates: [[Int]] { [["line", "mark"], ["line", "attempt", "version"]].map { $0.map(size) } }

    init(database path: String) throws {
        let queue = try DatabaseQueue(path: path)
        sizes = try queue.read { database in
            var sizes: [String: Int] = [:]
            for table in ["line", "attempt", "version", "event", "audit", "mark"] {
                sizes[table] = try Self.average(table, database)
            }
            return sizes
        }
        try queue.close()
    }

    private func size(_ table: String) -> Int { sizes[table] ?? 0 }

    private static func average(_ table: String, _ database: Database) throws -> Int {
        let lengths = try database.columns(in: table).map { "COALESCE(LENGTH(CAST(\($0.name) AS BLOB)), 0)" }
        let sql = "SELECT CAST(AVG(\(lengths.joined(separator: " + "))) AS INTEGER) FROM \(table)"
        return try Int.fetchOne(database, sql: sql) ?? 0
    }
}
