import StoreConformance
import Testing

/// The suite that every store passes, on SQLite.
@Suite struct ConformanceTests {
    @Test(arguments: StoreConformance.cases)
    func conforms(_ rule: StoreCase) async throws {
        try await Place.with { place in
            try await rule.run { try place.open() }
        }
    }
}

extension StoreCase: CustomTestStringConvertible {
    public var testDescription: String { name }
}
