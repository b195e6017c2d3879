import Locks
import Model
import RefreshProtocol

/// The right to have one call under way. Whatever becomes of who holds it, it goes back.
final class CallPlace: Sendable {
    private let leave: @Sendable () -> Void
    private let isHeld = Locked(true)

    init(_ leave: @escaping @Sendable () -> Void) { self.leave = leave }

    deinit { giveBack() }

    /// The call is over. More than once is once.
    func giveBack() {
        let isFirst = isHeld.withLock { held in
            defer { held = false }
            return held
        }
        if isFirst { leave() }
    }
}

extension TokenPipeline {
    /// Takes a place for a call of that client. A caller waits for it half as long as for an answer, so that there is time
    /// left to call.
    func place(for client: ClientKey, by actor: Actor) async throws(PipelineError) -> CallPlace {
        try await places.enter(
            client, actor.isHost ? .host : .caller(patience: parts.settings.timing.soft / 2))
    }
}
