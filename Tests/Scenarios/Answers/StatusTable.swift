import Model

/// DESIGN.md §7, the paragraphs after the table of routes: what a connection of each status answers to a read of its token
/// and to a refresh, while the stored access token is valid and when it is past.
enum StatusTable {
    /// Two answers as `Answered.summary` writes them.
    struct Row: Sendable {
        let read: String
        let refresh: String

        init(_ both: String) { (read, refresh) = (both, both) }

        init(read: String, refresh: String) { (self.read, self.refresh) = (read, refresh) }
    }

    /// - Returns: nil for what cannot be: `expired` says that the access token is past.
    static func row(_ status: ConnectionStatus, isValid: Bool) -> Row? {
        switch (status, isValid) {
        case (.active, true): Row(read: "200 generation 1", refresh: "200 generation 2 refreshed")
        case (.active, false): Row(read: "200 generation 2", refresh: "200 generation 2 refreshed")
        case (.degraded, true): Row(read: "200 generation 1 refresh_failing", refresh: "424 provider_unavailable")
        case (.degraded, false), (.suspect, false): Row("424 provider_unavailable")
        case (.recovering, true), (.suspect, true):
            Row(read: "200 generation 1 refresh_failing", refresh: "200 generation 1 pending refresh_failing")
        case (.recovering, false): Row("503 refresh_in_progress")
        case (.verify, true): Row(read: "200 generation 1 verify", refresh: "409 needs_reauthorization")
        case (.verify, false), (.needsReauthorization, _): Row("409 needs_reauthorization")
        case (.expired, true): nil
        case (.expired, false): Row("409 expired")
        case (.pending, _): Row("409 pending")
        case (.revoked, _): Row("409 revoked")
        case (.disabled, _): Row("409 connector_disabled")
        }
    }

    /// Puts an active connection into a status, as a host leaves it in the store: no test can wait for backups, and for
    /// providers that refuse. Nothing is due while the test runs.
    static func statements(_ status: ConnectionStatus, isValid: Bool, connection id: String) -> [String] {
        let now = "(CAST(strftime('%s', 'now') AS INTEGER) * 1000)"
        let end = isValid ? "\(now) + 3600000" : "\(now) - 60000"
        let line = "UPDATE line SET"
        let here = "WHERE connection = '\(id)'"
        let both = [
            "\(line) expires_at = \(end), wake_at = NULL, due_at = NULL \(here)",
            "UPDATE version SET received_at = \(now) - 7200000, expires_at = \(end), due_at = NULL \(here)",
        ]
        let waiting =
            "\(line) state = '\(status.rawValue)', next_try_at = \(now) + 600000, quiet_at = \(now) + 600000 \(here)"
        switch status {
        case .active, .disabled: return both
        case .degraded, .suspect: return both + [waiting]
        case .recovering:
            return both + [
                waiting, "UPDATE attempt SET state = 'ambiguous', generation_in = 1, holder_clear = 0 \(here)",
            ]
        case .verify, .revoked: return both + ["\(line) state = '\(status.rawValue)' \(here)"]
        case .needsReauthorization: return both + ["\(line) state = 'needs_reauthorization:refused' \(here)"]
        case .expired:
            return both + [
                "\(line) can_present = 0, expired_at = expires_at \(here)",
                "UPDATE version SET can_present = 0 \(here)",
            ]
        case .pending:
            // A choice is outstanding: the only way to be pending with a token.
            return both + [
                "UPDATE connection SET steps = '\(choiceIsOutstanding)', step_status = 'pending' WHERE id = '\(id)'"
            ]
        }
    }

    private static let choiceIsOutstanding = """
        {"remaining":["after_connect/0"],"waiting":{"step":"after_connect/0","choices":[]},"expectsNonce":false,\
        "lacksLifetime":false,"failures":0}
        """
}
