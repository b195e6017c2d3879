extension Line {
    /// What callers see of this line now. `disabled` belongs to the connector and is shown only for what would work.
    package func status(at now: Timestamp) -> ConnectionStatus {
        switch state {
        case .pending: return .pending
        case .revoked: return .revoked
        case .needsReauthorization: return .needsReauthorization
        case .verify: return .verify
        case .suspect: return .suspect
        case .recovering: return .recovering
        case .degraded: return isExpired(at: now) ? .expired : .degraded
        case .active: return isExpired(at: now) ? .expired : .active
        }
    }

    /// Access token past, and nothing to present, or the refresh token's own end passed too.
    package func isExpired(at now: Timestamp) -> Bool {
        guard let expiresAt, expiresAt <= now else { return false }
        guard let current = versions.first(where: { $0.status == .current }) else { return true }
        if canPresent == false { return true }
        return current.content.refreshExpiresAt.map { $0 <= now } ?? false
    }

    /// It holds an access token of which nobody knows how long it lives: served until somebody reports it rejected.
    package var hasUnknownLifetime: Bool {
        guard expiresAt == nil, let current = versions.first(where: { $0.status == .current }) else { return false }
        return !current.content.isEndless
    }
}

extension ConnectionStatus {
    /// Worst first (DESIGN.md §2); `pending` counts only when nothing else is known.
    package static let worstFirst: [ConnectionStatus] = [
        .disabled, .revoked, .needsReauthorization, .expired, .verify, .suspect, .recovering, .degraded, .active,
        .pending,
    ]

    /// The worst of several.
    package static func worst(_ all: some Sequence<ConnectionStatus>) -> ConnectionStatus {
        let set = Set(all)
        return worstFirst.first(where: set.contains) ?? .pending
    }
}
