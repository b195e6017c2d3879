/// How the life of a connection went.
public struct LifeCycleReport: Sendable {
    /// A step of a connection's life.
    public enum Step: String, Sendable, CaseIterable {
        case authorize, exchange, read, refresh, revoke
    }

    /// How a step went.
    public enum Outcome: Sendable, Equatable {
        case passed
        /// The definition has no such step.
        case absent(String)
        case failed(String)
        /// An earlier one failed.
        case notReached
    }

    /// The shipped definition's id.
    public let definition: String
    public internal(set) var outcomes: [Step: Outcome] = [:]

    /// How a step went.
    public subscript(step: Step) -> Outcome { outcomes[step] ?? .notReached }

    /// Whether no step failed, and all were reached.
    public var isPassed: Bool {
        Step.allCases.allSatisfy { step in
            switch self[step] {
            case .passed, .absent: true
            case .failed, .notReached: false
            }
        }
    }

    /// One line: the definition, a mark for each step, and what went wrong.
    public var line: String {
        let marks = Step.allCases.map { step in
            switch self[step] {
            case .passed: "\(step.rawValue) ok"
            case .absent(let reason): "\(step.rawValue) none (\(reason))"
            case .failed(let text): "\(step.rawValue) FAILED: \(text)"
            case .notReached: "\(step.rawValue) -"
            }
        }
        return "\(definition): " + marks.joined(separator: ", ")
    }
}
