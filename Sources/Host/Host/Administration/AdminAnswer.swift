import ConnectorSDK
import Locks

/// Sorts the lines of an answer.
final class AdminAnswer: Sendable {
    private let each: @Sendable (AdminLine) throws -> Void
    private let outcome = Locked<AdminLine?>(nil)

    init(each: @escaping @Sendable (AdminLine) throws -> Void) { self.each = each }

    /// - Returns: whether it was the last one.
    @discardableResult
    func take(_ line: AdminLine) throws -> Bool {
        switch line {
        case .progress, .item:
            try each(line)
            return false
        case .result, .problem:
            outcome.withLock { $0 = line }
            return true
        }
    }

    /// Whether the host has another database, and did nothing.
    var isOfAnotherDatabase: Bool {
        if case .problem(let problem)? = outcome.withLock({ $0 }) { problem.code == "another_database" } else { false }
    }

    /// The result.
    /// - Throws: `StartFailure` for a problem, and when there is neither.
    func end() throws -> JSONValue {
        switch outcome.withLock({ $0 }) {
        case .result(let value): return value
        case .problem(let problem): throw StartFailure(problem.detail, code: problem.exit)
        default: throw StartFailure("the running host went away", code: .dependencyUnreachable)
        }
    }
}
