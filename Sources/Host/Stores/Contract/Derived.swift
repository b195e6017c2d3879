package import Model
import RefreshProtocol

/// What stores keep beside a line so that they can search by it. Every store derives it alike.
extension Line {
    /// When the scheduler has to look at it; nil: never unasked. Whether it is enabled is not asked here.
    package var wakeAt: Timestamp? {
        if openAttempt != nil { return leaseUntil ?? .distantPast }
        let ready = max(quietAt, nextTryAt)
        switch state {
        case .revoked, .verify, .needsReauthorization: return nil
        case .recovering: return ready
        case .suspect: return ready
        case .degraded: return canPresent || !unresolved.isEmpty ? max(ready, notBefore ?? ready) : nil
        case .pending where current == nil: return nil
        case .active, .pending: return canPresent ? dueAt.map { max($0, max(ready, notBefore ?? ready)) } : nil
        }
    }

    /// Something was begun that is finished even when it is disabled (PROTOCOL.md §7).
    package var mustFinish: Bool { openAttempt != nil || state == .recovering || !unresolved.isEmpty }

    /// From when on `isExpired(at:)` holds; nil: never.
    package var expiredAt: Timestamp? {
        guard let expiresAt else { return nil }
        guard canPresent, let current else { return expiresAt }
        return current.content.refreshExpiresAt.map { max(expiresAt, $0) }
    }

    /// When something has to be told of it that no call brings about (`LineEvent.notice`); nil: nothing. Disabled ones too.
    package var noticeAt: Timestamp? {
        guard [.active, .degraded].contains(state) else { return nil }
        let ends = toldExpired == generation ? nil : expiredAt
        guard canPresent, let warnAt else { return ends }
        return ends.map { min($0, warnAt) } ?? warnAt
    }
}

extension ConnectionStatus {
    /// The statuses that a disabled connector hides: what would work if it were enabled.
    package static let hiddenWhenDisabled: [ConnectionStatus] = [.active, .degraded, .recovering, .suspect, .verify]

    /// What is shown where steps are open: a choice that is outstanding hides whatever would be served, everything else
    /// counts as one more line does.
    package func with(_ steps: ConnectionStatus?) -> ConnectionStatus {
        switch steps {
        case nil: self
        case .pending?: Self.hiddenWhenDisabled.contains(self) ? .pending : self
        case let other?: .worst([self, other])
        }
    }

    /// What is shown of a connection whose worst line has this status.
    package func shown(enabled: Bool) -> ConnectionStatus {
        !enabled && Self.hiddenWhenDisabled.contains(self) ? .disabled : self
    }
}
