import Foundation
import Model
import StoreContract
import StoreRows

extension PostgresSession {
    func clientBreakers() throws -> [ClientKey: Data] {
        let rows = try rows(
            "SELECT organization, connector, name, state FROM client_breaker", [], of: .clientBreaker
        ) { row in
            (
                ClientKey(organization: try row.next(), connector: try row.next(), name: try row.next()),
                try row.next() as Data
            )
        }
        return Dictionary(rows) { first, _ in first }
    }

    func clientBreaker(_ client: ClientKey) throws -> () throws -> Data? {
        transaction.enter(scope)
        let found = Found()
        transaction.quietly(Statement(Self.select, Self.key(client))) { rows in
            found.state = try Self.read(rows, of: .clientBreaker) { try $0.next() as Data }.first
        }
        return { found.state }
    }

    func changeClientBreaker(_ client: ClientKey, _ change: (Data?) throws -> Data?) throws {
        lock(.breaker, client.description)
        let old = try rows(Self.select + " FOR UPDATE", Self.key(client), of: .clientBreaker) { try $0.next() as Data }
            .first
        let new = try change(old)
        guard new != old else { return }
        // What nobody has touched for a day is of a client that is gone, or begins anew.
        try run(
            """
            DELETE FROM client_breaker WHERE (organization, connector, name) IN (
              SELECT organization, connector, name FROM client_breaker WHERE changed_at < $1 FOR UPDATE SKIP LOCKED)
            """, [now - .seconds(24 * 60 * 60)])
        guard let new else {
            return try run(
                "DELETE FROM client_breaker WHERE organization = $1 AND connector = $2 AND name = $3", Self.key(client))
        }
        try run(
            """
            INSERT INTO client_breaker (organization, connector, name, state, changed_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (organization, connector, name) DO UPDATE
            SET state = excluded.state, changed_at = excluded.changed_at
            """, Self.key(client) + [new, now])
    }

    func setClientBreaker(_ client: ClientKey, to state: Data, replacing old: Data) throws {
        try run(
            """
            UPDATE client_breaker SET state = $4, changed_at = $5
            WHERE organization = $1 AND connector = $2 AND name = $3 AND state = $6
            """, Self.key(client) + [state, now, old], orThrow: .conflict(.clientBreaker))
    }

    private static let select =
        "SELECT state FROM client_breaker WHERE organization = $1 AND connector = $2 AND name = $3"

    private static func key(_ client: ClientKey) -> [any Column] {
        [client.organization, client.connector, client.name]
    }

    /// What a flight that is still to come will bring.
    private final class Found { var state: Data? }
}

extension Table {
    /// For errors.
    fileprivate static let clientBreaker = Table(
        "client_breaker", key: ["organization", "connector", "name"], rest: ["state", "changed_at"])
}
