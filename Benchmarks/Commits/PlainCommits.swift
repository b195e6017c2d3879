import Foundation
import GRDB

/// Transactions as anybody would write them: prepared statements, rows with a primary key and a blob. As many inserted
/// and updated rows, and bytes in each, as the protocol's transactions; WAL with synchronous FULL, as the store.
struct PlainCommits {
    private let pool: DatabasePool
    private let rows: RowSizes

    init(path: String, rows: RowSizes) async throws {
        self.rows = rows
        pool = try DatabasePool(path: path)
        try await pool.writeWithoutTransaction { database in
            try database.execute(
                sql: """
                    PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;
                    CREATE TABLE inserted (id TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
                    CREATE TABLE updated (id TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
                    """)
            guard try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2 else {
                throw BenchmarkError("the plain database does not sync its commits")
            }
            for number in 0..<64 * 4 {
                try database.execute(sql: "INSERT INTO updated VALUES (?, zeroblob(300))", arguments: ["\(number)"])
            }
        }
    }

    func run(_ count: Int) async throws {
        for number in 0..<count {
            for (inserts, updates) in zip(rows.inserts, rows.updates) {
                try await pool.write { database in
                    try Self.insert(inserts, database)
                    try Self.update(updates, from: number % 64 * 4, database)
                }
            }
        }
    }

    func close() async throws { try pool.close() }

    private static func insert(_ sizes: [Int], _ database: Database) throws {
        let statement = try database.cachedStatement(sql: "INSERT INTO inserted (id, value) VALUES (?, ?)")
        for size in sizes {
            try statement.execute(arguments: [UUID().uuidString, Data(repeating: 1, count: size)])
        }
    }

    private static func update(_ sizes: [Int], from first: Int, _ database: Database) throws {
        let statement = try database.cachedStatement(sql: "UPDATE updated SET value = ? WHERE id = ?")
        for (offset, size) in sizes.enumerated() {
            try statement.execute(arguments: [Data(repeating: 2, count: size), "\(first + offset)"])
        }
    }
}
