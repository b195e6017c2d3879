import Model

/// What came of telling a provider what a connection still holds; of several the greatest counts.
enum RevocationTry: Comparable, Sendable {
    /// It knows.
    case certain
    /// There was no place among the calls, or it is too early to speak: whoever was not asked has refused nothing.
    case notAsked
    /// It has to be told again.
    case failed

    init(_ error: any Error) {
        self = (error as? PipelineError).map(CallPlaces.isBusy) == true ? .notAsked : .failed
    }
}

/// When a revocation that is not certain is tried again: behind the others, later with each failure, each anywhere
/// between a second and the whole pause, so that what failed together is not tried together, here and at other hosts.
struct RevocationTries: Sendable {
    private let jitter: @Sendable () -> Double
    private var failures: [ConnectionID: Int] = [:]

    /// - Parameter jitter: from 0 to 1.
    init(jitter: @escaping @Sendable () -> Double = { .random(in: 0...1) }) { self.jitter = jitter }

    /// How long it waits after this; nil: it is done.
    mutating func pause(after end: RevocationTry, of connection: ConnectionID) -> Duration? {
        switch end {
        case .certain:
            failures[connection] = nil
            return nil
        case .notAsked: return .seconds(5)
        case .failed:
            let count = failures[connection, default: 0]
            failures[connection] = count + 1
            return max(.seconds(1), .seconds(1 << min(count, 9)) * jitter())
        }
    }
}
