import Locks
import Logging
import Synchronization

/// How log lines look, for handlers that were made before it was changed.
final class LiveLogStyle: Sendable {
    private static let levels = Logger.Level.allCases

    private let style: Locked<LogStyle>
    /// Apart, since a level is asked for with every line that is not written.
    private let place: Atomic<Int>

    init(_ style: LogStyle) {
        self.style = Locked(style)
        place = Atomic(Self.place(of: style.level))
    }

    var current: LogStyle { style.withLock { $0 } }

    var level: Logger.Level { Self.levels[place.load(ordering: .relaxed)] }

    func change(to style: LogStyle) {
        self.style.withLock { $0 = style }
        place.store(Self.place(of: style.level), ordering: .relaxed)
    }

    private static func place(of level: Logger.Level) -> Int { levels.firstIndex(of: level) ?? 0 }
}
