import Model
import StoreContract
import StoreRows

/// One writer works at a time: what it finds due is its own. Its host does not claim (`Store.isExclusive`); the rules are
/// the same.
extension SQLiteSession {
    func claim(lines: Set<LineID>, until time: Timestamp) throws -> Set<LineID> {
        try lines.filter {
            try run(
                """
                UPDATE line SET wake_at = ? WHERE connection = ? AND name = ? AND wake_at <= ?
                AND \(DueWork.refresh.isOpen)
                """, [time, $0.connection, $0.name, now]) > 0
        }
    }

    func release(_ line: LineID, claimedUntil claim: Timestamp, dueAt time: Timestamp) throws {
        try run(
            "UPDATE line SET wake_at = ? WHERE connection = ? AND name = ? AND wake_at = ?",
            [time, line.connection, line.name, claim])
    }

    func claim(revocations: Set<ConnectionID>, until time: Timestamp) throws -> Set<ConnectionID> {
        try revocations.filter {
            try run(
                "UPDATE connection SET revoke_at = ? WHERE id = ? AND revoke_at <= ? AND \(DueWork.revocation.isOpen)",
                [time, $0, now]) > 0
        }
    }

    func claimDeliveries(of sink: String, limit: Int, until time: Timestamp) throws -> [Delivery] {
        try dueDeliveries(of: sink, limit: limit).sorted { $0.sequence < $1.sequence }.map { delivery in
            try run(
                "UPDATE delivery SET due_at = ? WHERE sink = ? AND sequence = ?",
                [time, delivery.sink, delivery.sequence])
            var claimed = delivery
            (claimed.dueAt, claimed.claimedUntil) = (time, time)
            return claimed
        }
    }

    /// Whether a delivery is still the claimer's; nil is nobody's claim. One that a replayed one went ahead of has no time.
    static func isMine(_ claim: String) -> String { "(\(claim) IS NULL OR due_at IS NULL OR due_at = \(claim))" }
}
