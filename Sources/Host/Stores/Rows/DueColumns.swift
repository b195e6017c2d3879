package import StoreContract

/// What is due in SQL.
extension DueWork {
    /// Where it is searched.
    package var table: String {
        switch self {
        case .refresh: "line"
        case .revocation, .step: "connection"
        case .poll: "flow"
        }
    }

    /// The column that says when.
    package var time: String {
        switch self {
        case .refresh: "wake_at"
        case .revocation: "revoke_at"
        case .step: "step_at"
        case .poll: "poll_at"
        }
    }

    /// What both indexes hold, in the words that they were made with.
    package var isOpen: String {
        switch self {
        case .refresh: "wake_at IS NOT NULL AND (enabled = 1 OR must_finish = 1)"
        case .revocation: "revocation = 'pending'"
        case .step: "step_at IS NOT NULL AND deleted_at IS NULL"
        case .poll: "poll_at IS NOT NULL AND result IS NULL"
        }
    }
}
