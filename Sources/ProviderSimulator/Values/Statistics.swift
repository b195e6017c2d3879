/// Counters since the start or the last reset.
public struct Statistics: Sendable, Equatable, Codable {
    /// Calls of the token endpoint, counted when they arrive.
    public var tokenCalls = 0
    /// Those of them that refresh.
    public var refreshCalls = 0
    /// Calls by operation; every operation has an entry.
    public var calls: [String: Int]
    /// Presentations by verdict; every verdict has an entry.
    public var verdicts: [String: Int]
    /// Answers by HTTP status; `0` stands for no answer at all.
    public var answers: [String: Int] = [:]
    /// Presentations that overlapped in time with another one of the same family.
    public var overlappingPresentations = 0
    /// Calls running now, those held at a gate included.
    public var inFlight = 0
    /// The most calls that ever ran at once.
    public var maxInFlight = 0

    /// Everything at zero.
    public init() {
        calls = Dictionary(uniqueKeysWithValues: Operation.allCases.map { ($0.rawValue, 0) })
        verdicts = Dictionary(uniqueKeysWithValues: Verdict.allCases.map { ($0.rawValue, 0) })
    }

    /// Calls of one operation.
    public func calls(of operation: Operation) -> Int { calls[operation.rawValue] ?? 0 }

    /// Presentations that got one verdict.
    public func presentations(judged verdict: Verdict) -> Int { verdicts[verdict.rawValue] ?? 0 }

    mutating func arrived(_ operation: Operation) {
        calls[operation.rawValue, default: 0] += 1
        if operation.isTokenCall { tokenCalls += 1 }
        if operation == .refresh { refreshCalls += 1 }
        inFlight += 1
        maxInFlight = max(maxInFlight, inFlight)
    }

    mutating func left(status: Int) {
        answers[String(status), default: 0] += 1
        inFlight -= 1
    }

    /// Everything at zero, but for the calls that are running.
    mutating func clear() {
        let running = inFlight
        self = Statistics()
        (inFlight, maxInFlight) = (running, running)
    }

    enum CodingKeys: String, CodingKey {
        case calls, verdicts, answers
        case tokenCalls = "token_calls"
        case refreshCalls = "refresh_calls"
        case overlappingPresentations = "overlapping_presentations"
        case inFlight = "in_flight"
        case maxInFlight = "max_in_flight"
    }
}
