import ConnectorSDK
import Model

/// The windows of all clients and connections that have called lately.
struct CallLimits {
    /// A call that was taken from a window.
    struct Take {
        let key: String
        let limit: RateLimit
        let stamp: Timestamp
    }

    private static let fewest = 1024

    private var windows: [String: CallWindow] = [:]
    /// How many may be there before those that are over are looked for: a connection that is idle costs nothing.
    private var most = CallLimits.fewest
    /// When the last refusal is over.
    private var refusedUntil: Timestamp?

    /// How many windows are remembered, for tests.
    var count: Int { windows.count }

    /// Takes one call from each, or none from any.
    /// - Returns: what was taken; or until when nothing can be.
    mutating func take(
        _ limits: [(key: String, limit: RateLimit?)], at now: Timestamp
    ) -> (takes: [Take], until: Timestamp?) {
        if windows.count >= most { sweep(at: now) }
        var takes: [Take] = []
        for (key, limit) in limits {
            guard let limit else { continue }
            let (stamp, until) = windows[key, default: CallWindow(limit)].take(limit, at: now)
            guard let stamp else {
                giveBack(takes)
                refusedUntil = [refusedUntil, until].compactMap(\.self).max()
                return ([], until)
            }
            takes.append(Take(key: key, limit: limit, stamp: stamp))
        }
        return (takes, nil)
    }

    mutating func giveBack(_ takes: [Take]) {
        for take in takes { windows[take.key]?.giveBack(take.stamp) }
    }

    mutating func move(_ takes: [Take], to now: Timestamp) {
        // Of a window that was over meanwhile, a new one.
        for take in takes { windows[take.key, default: CallWindow(take.limit)].move(take.stamp, to: now) }
    }

    func isRefusing(_ key: String, at now: Timestamp) -> Bool { windows[key]?.isRefusing(at: now) ?? false }

    /// Nobody was refused who would be still.
    func isCalm(at now: Timestamp) -> Bool { refusedUntil.map { $0 <= now } ?? true }

    private mutating func sweep(at now: Timestamp) {
        windows = windows.filter { !$0.value.isOver(at: now) }
        most = max(Self.fewest, 2 * windows.count)
    }
}
