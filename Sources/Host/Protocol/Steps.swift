import ConnectorSDK
import Model

/// What steps bring (DESIGN.md §2): requests that are no presentation, made after an answer was committed.
extension LineWork {
    /// The token set that was upgraded must still be the current one, with nothing at work that could replace it too:
    /// else the answer's parent is over, and moving the pointer would lose what came meanwhile (I2, I4).
    mutating func upgrade(_ id: AttemptID, from parent: AttemptID, content: TokenVersion.Content) -> LineOutcome {
        guard !line.versions.contains(where: { $0.attempt == id }) else { return .duplicate }
        if line.state == .revoked { return keepForRevocation(id, line.grant, content) }
        guard line.current?.attempt == parent, line.openAttempt == nil, line.unresolved.isEmpty, line.state != .verify,
            !line.isHandedOver
        else { return .notMine }
        line.fence += 1
        advance(
            to: TokenVersion(
                generation: line.generation + 1, parentGeneration: line.generation, grant: line.grant, attempt: id,
                fence: line.fence, content: content, status: .current))
        return .applied
    }

    /// Only the version that it was asked about learns it.
    mutating func learn(_ lifetime: Lifetime, of attempt: AttemptID) -> LineOutcome {
        guard let index = line.versions.firstIndex(where: { $0.status == .current && $0.attempt == attempt }) else {
            return .notMine
        }
        // Somebody saw it rejected meanwhile: that is the later word.
        let isReported = line.expiresAt != nil && line.versions[index].content.expiresAt == nil
        guard line.toldExpired != line.generation, !isReported else { return .notMine }
        line.expiresAt = lifetime.expiresAt
        line.dueAt = lifetime.dueAt
        line.notBefore = lifetime.notBefore
        line.versions[index].content.expiresAt = lifetime.expiresAt
        line.versions[index].content.dueAt = lifetime.dueAt
        line.versions[index].content.notBefore = lifetime.notBefore
        return .applied
    }
}
