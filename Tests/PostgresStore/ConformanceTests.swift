import PostgresServer
import StoreConformance
import Testing

/// The suite that every store passes, on PostgreSQL: on a session of its own with prepared statements, and as behind a
/// pooler.
@Suite struct ConformanceTests {
    @Test(arguments: StoreConformance.cases)
    func conforms(_ rule: StoreCase) async throws {
        try await TestDatabase.with { database in
            try await rule.run { try database.open() }
        }
    }

    @Test(arguments: StoreConformance.cases)
    func `conforms with prepared statements`(_ rule: StoreCase) async throws {
        try await TestDatabase.with { database in
            let url = database.url + "?prepare=named"
            try await rule.run { try database.open(url) }
        }
    }
}

extension StoreCase: CustomTestStringConvertible {
    public var testDescription: String { name }
}
