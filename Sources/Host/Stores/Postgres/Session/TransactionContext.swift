import Locks
import Model
import StoreContract
import StoreRows

/// What all transactions of one store share.
final class TransactionContext: Sendable {
    let roles: DatabaseRoles
    let clock: ServerClock
    /// False: it was opened for reading only.
    let mayWrite: Bool

    init(_ roles: DatabaseRoles, _ clock: ServerClock, mayWrite: Bool) {
        self.roles = roles
        self.clock = clock
        self.mayWrite = mayWrite
    }

    /// Advisory locks of this program, by database: writers share this one, who must be alone takes it whole.
    static let writersLock: Int64 = 0x746f_6b65_6e01
    static let migrationLock: Int64 = 0x746f_6b65_6e02

    /// How long a transaction may wait for its host between two flights. It only computes there; one that is longer about it
    /// is frozen or cut off, and what it holds others wait for.
    static let longestPause = "5s"

    /// What makes the transaction ask for it from then on.
    func entering(_ scope: Transaction.Scope) -> [Statement] {
        switch scope {
        case .host: [Self.entering(roles.host, "")]
        case .organization(let id): [Self.entering(roles.organization, id.description)]
        case .organizationOf(let connection):
            // Two, since the organization itself sees no connection before it is named.
            [
                Statement(
                    "SELECT set_config('token_manager.organization', COALESCE(organization_of($1), ''), true)",
                    [connection]),
                Statement("SELECT set_config('role', $1, true)", [roles.organization]),
            ]
        }
    }

    private static func entering(_ role: String, _ organization: String) -> Statement {
        Statement(
            "SELECT set_config('role', $1, true), set_config('token_manager.organization', $2, true)",
            [role, organization])
    }

    static let onlyReads = StoreError(.locked, "the store was opened for reading only")
}

/// Store time between transactions: the server's clock as it was read last, and the time since on this machine's. Never ahead of
/// the server's, never behind what was read: in microseconds, since parts of a millisecond would be lost on both sides.
final class ServerClock: Sendable {
    private struct Reading {
        /// The server's time less this machine's, in microseconds.
        var lead: Int64
        var at: Int64
    }

    private let reading = Locked(Reading(lead: 0, at: .min))
    private let local: @Sendable () -> Int64

    /// - Parameter local: Microseconds on a clock of this machine that counts while it sleeps.
    init(local: @escaping @Sendable () -> Int64) { self.local = local }

    var now: Timestamp { Timestamp(milliseconds: (local() + reading.withLock(\.lead)) / 1000) }

    /// Takes what the server's clock showed a moment ago. The answer that was under way the shortest is the best; each
    /// counts for a while only, so that a clock that is set is followed.
    func note(_ time: Timestamp) {
        let now = local()
        let lead = time.milliseconds * 1000 - now
        reading.withLock {
            guard lead > $0.lead || $0.at == .min || now - $0.at > 10_000_000 else { return }
            $0 = Reading(lead: lead, at: now)
        }
    }
}
