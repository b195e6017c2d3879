import Foundation
package import Model

/// Work that one host at a time does for all (docs/decisions/0042-what-hosts-share.md): whose turn it is stands in the
/// store, until a time. A host that dies loses its turn by that; one that was frozen learns it in its next transaction.
private struct Turn: Codable {
    var host: String
    var until: Int64
}

extension StoreTransaction {
    /// Takes a turn or keeps it. It counts once the transaction is committed, and in the transaction itself: what is
    /// written beside it is written by the one whose turn it is.
    /// - Returns: false while it is another host's.
    package func takeTurn(_ work: String, by host: HostID, for lease: Duration) throws -> Bool {
        if let turn = try turn(work), turn.host != host.description, turn.until > now.milliseconds { return false }
        try set(Turn(host: host.description, until: (now + lease).milliseconds), for: work)
        return true
    }

    /// Lets the next one begin at once; another host's turn stays.
    package func endTurn(_ work: String, of host: HostID) throws {
        guard var turn = try turn(work), turn.host == host.description else { return }
        turn.until = 0
        try set(turn, for: work)
    }

    /// One that cannot be read is nobody's.
    private func turn(_ work: String) throws -> Turn? {
        try setting(name(of: work)).flatMap { try? JSONDecoder().decode(Turn.self, from: $0) }
    }

    private func set(_ turn: Turn, for work: String) throws {
        try set(try JSONEncoder().encode(turn), for: name(of: work))
    }

    private func name(of work: String) -> String { "turn/\(work)" }
}
