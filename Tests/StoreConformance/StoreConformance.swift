package import StoreContract

/// Opens the store under test; every call of one case opens the same place, so that a case can close and open again.
package typealias StoreOpener = @Sendable () async throws -> any Store

/// One rule of the store contract, checked through the contract alone: every engine runs the same cases.
package struct StoreCase: Sendable, CustomStringConvertible {
    package let name: String
    /// - Throws: `ConformanceFailure`, or what the store throws. Expects a fresh place.
    package let run: @Sendable (StoreOpener) async throws -> Void

    package var description: String { name }

    /// A case that needs one open store.
    init(_ name: String, _ body: @escaping @Sendable (any Store) async throws -> Void) {
        self.name = name
        run = { open in
            let store = try await open()
            do { try await body(store) } catch {
                try? await store.close()
                throw error
            }
            try await store.close()
        }
    }

    /// A case that opens by itself.
    init(opening name: String, _ run: @escaping @Sendable (StoreOpener) async throws -> Void) {
        self.name = name
        self.run = run
    }
}

/// The conformance suite for stores (STYLE.md, rule 12).
package enum StoreConformance {
    package static let cases: [StoreCase] =
        connectionCases + listCases + lineCases + searchCases + historyCases + walkCases + clientCases + flowCases
        + snapshotCases + stampCases + eventCases + deliveryCases + claimCases + installationCases + organizationCases
        + transactionCases
}

/// A rule that a store broke, and where it was checked.
package struct ConformanceFailure: Error, CustomStringConvertible {
    package let description: String
}

func require(
    _ condition: Bool, _ what: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) throws {
    if !condition { throw ConformanceFailure(description: "\(file):\(line): \(what())") }
}

func requireEqual<Value: Equatable>(
    _ found: Value, _ expected: Value, _ what: @autoclosure () -> String = "", file: StaticString = #fileID,
    line: UInt = #line
) throws {
    try require(
        found == expected, "\(what())\n  found    \(found)\n  expected \(expected)", file: file, line: line)
}

/// The same for what may be missing.
func requireEqual<Value: Equatable>(
    _ found: Value?, _ expected: Value, _ what: @autoclosure () -> String = "", file: StaticString = #fileID,
    line: UInt = #line
) throws {
    try requireEqual(found, Optional(expected), what(), file: file, line: line)
}

/// The value, or a failure when there is none.
func requireSome<Value>(
    _ value: Value?, _ what: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) throws -> Value {
    guard let value else { throw ConformanceFailure(description: "\(file):\(line): \(what())") }
    return value
}

/// Expects a `StoreError` with this code.
func requireError(
    _ code: StoreError.Code, rule: StoreRule? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: () async throws -> Void
) async throws {
    do { try await body() } catch let error as StoreError {
        try requireEqual(error.code, code, error.description, file: file, line: line)
        if let rule { try requireEqual(error.brokenRule, rule, error.description, file: file, line: line) }
        return
    }
    throw ConformanceFailure(description: "\(file):\(line): nothing was thrown, expected \(code)")
}
