import PostgresServer
import StoreConformance
import Testing

/// The suite that every store passes, on PostgreSQL: on sessions of its own with prepared statements, and behind a pooler
/// that lends it another session for each transaction. One after the other: they share a database, and the pooler keeps its
/// sessions.
@Suite(.serialized) struct ConformanceTests {
    @Test(arguments: StoreConformance.cases)
    func `conforms behind a pooler`(_ rule: StoreCase) async throws {
        try await TestDatabase.withUsed(emptiedBy: { try $0.empty() }) { database in
            let url = database.url(user: database.name + "_login", port: Pooler.shared.port)
            try await rule.run { try database.open(url) }
        }
    }

    @Test(arguments: StoreConformance.cases)
    func `conforms with prepared statements`(_ rule: StoreCase) async throws {
        try await TestDatabase.withUsed(emptiedBy: { try $0.empty() }) { database in
            let url = database.url + "?prepare=named"
            try await rule.run { try database.open(url) }
        }
    }
}

extension StoreCase: CustomTestStringConvertible {
    public var testDescription: String { name }
}
