import Foundation
package import Model
import StoreContract
import StoreRows

/// Who works with a database alone. Several hosts on one database would each trust their own memory of its tokens; until
/// they tell each other, a second one is refused by name.
package struct Holder: Sendable {
    let host: HostID
    let place: String
    /// After that long without a heartbeat another host may take the database.
    let silence: Duration
    let token = UUID().uuidString

    /// - Parameter heartbeat: How often the host's heartbeat is written.
    package init(host: HostID, heartbeat: Duration) {
        self.host = host
        place = "\(host) on \(ProcessInfo.processInfo.hostName), process \(ProcessInfo.processInfo.processIdentifier)"
        silence = heartbeat * 3 + .seconds(5)
    }
}

extension PostgresStore {
    /// Takes the database, alone: every transaction of the one before has ended, and finds out with its next that it is over.
    func take(as holder: Holder, on desk: ConnectionThreads.Desk) throws {
        let context = TransactionContext(context.roles, context.clock, token: nil, takes: true)
        try PostgresStore(connector, context, connections: 1)
            .repeating(on: desk, .write(isAlone: true)) {
                try PostgresSession($0).take(as: holder)
            } then: {
                $0
            }
    }
}

extension PostgresSession {
    fileprivate func take(as holder: Holder) throws {
        let found = try rows("SELECT token, host, place, seen_at, silence FROM holder FOR UPDATE", [], of: .holder) {
            HolderRow(
                token: try $0.next(), host: try $0.next(), place: try $0.next(), seenAt: try $0.next(),
                silence: try $0.next())
        }.first
        if let found, found.token != nil, found.host != holder.host.description, found.seenAt + found.silence > now {
            let ago = (now - found.seenAt).components.seconds
            throw StoreError(
                .locked,
                "\(found.place) works with this database (seen \(ago) s ago). One host works with a PostgreSQL database "
                    + "at a time: end that one, or wait \(found.silence.components.seconds) s if it is gone")
        }
        try run("DELETE FROM holder")
        try run(
            "INSERT INTO holder (token, host, place, seen_at, silence) VALUES ($1, $2, $3, $4, $5)",
            [holder.token, holder.host, holder.place, now, holder.silence])
    }

    /// The host lives.
    func noteHolder() throws { try run("UPDATE holder SET seen_at = $1", [now]) }

    /// Another host may take the database at once.
    func letGo() throws { try run("UPDATE holder SET token = NULL") }
}

private struct HolderRow {
    var token: String?
    var host: String
    var place: String
    var seenAt: Timestamp
    var silence: Duration
}

extension Table {
    fileprivate static let holder = Table("holder", key: ["token"], rest: ["host", "place", "seen_at", "silence"])
}
