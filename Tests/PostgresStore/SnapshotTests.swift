import Foundation
import Model
import PostgresServer
import StoreConformance
import StoreContract
import Testing

@testable import PostgresStore

/// What a question costs in round trips; what it answers is the conformance suite's.
@Suite struct SnapshotTests {
    @Test(arguments: [true, false], ["c1", "unknown"])
    func `a snapshot is one round trip, with BEGIN and COMMIT, whatever there is`(
        stamped: Bool, connection: String
    ) async throws {
        try await withPlanted { store in
            let id = LineID(connection: ConnectionID(connection))
            let (found, flights) = try counting(store) {
                try PostgresSession.snapshot(of: id, stamped: stamped, in: $0)
            }
            #expect((found != nil) == (connection == "c1"))
            #expect(found?.client?.sealedSecrets == (found == nil ? nil : ["client_secret": Data([1])]))
            #expect(flights == 1)
        }
    }

    @Test func `a client comes with its secrets in one round trip, and so do all of an organization`() async throws {
        try await withPlanted { store in
            let key = sample("c1").clientKey
            // One more for COMMIT.
            let one = try counting(store) { try PostgresSession($0).client(key) }
            #expect(one.result?.sealedSecrets == ["client_secret": Data([1])])
            #expect(one.flights == 2)
            let all = try counting(store) { try PostgresSession($0).clients(organization: key.organization) }
            #expect(all.result.map(\.sealedSecrets) == [["client_secret": Data([1])], ["client_secret": Data([2])]])
            #expect(all.flights == 2)
        }
    }

    @Test func `stamps are one round trip`() async throws {
        try await withPlanted { store in
            let (found, flights) = try counting(store) {
                try PostgresSession.stamps(in: $0.askLast(PostgresSession.stamps(of: [ConnectionID("c1")])))
            }
            #expect(found.count == 1)
            #expect(flights == 1)
        }
    }

    @Test func `a step is two round trips, with its audit record and its event`() async throws {
        try await withPlanted { store in
            let id = LineID(connection: ConnectionID("c1"))
            let (_, flights) = try counting(store, .write(isAlone: false)) { transaction in
                let session = PostgresSession(transaction)
                let line = try #require(try session.line(id))
                var changed = line
                changed.failures += 1
                try session.save(changed, replacing: line)
                try session.append(
                    EventRecord(
                        id: "e", kind: .tokenRefreshed, organization: line.organization, connector: "sandbox",
                        epoch: 1, at: session.now))
                try session.append(.sample("{}", of: HostID("h")))
            }
            #expect(flights == 2)
        }
    }

    @Test func `a mark and the connection come with the line, and what was written is read anew`() async throws {
        try await withPlanted { store in
            let id = LineID(connection: ConnectionID("c1"))
            let (names, flights) = try counting(store, .write(isAlone: false)) { transaction in
                let session = PostgresSession(transaction)
                let mark = try session.drawMarkLater()
                let line = try #require(try session.line(id))
                #expect(try mark() >= 0)
                var connection = try #require(try session.connection(id.connection))
                let name = connection.name
                connection.name = "another"
                try session.update(connection)
                try session.save(line, replacing: line)
                return [name, try session.connection(id.connection)?.name]
            }
            #expect(names == [sample("c1").name, "another"])
            // The third is for what was read again.
            #expect(flights == 3)
            let (found, again) = try counting(store, .write(isAlone: false)) { transaction in
                let session = PostgresSession(transaction)
                let missing = try session.connection(ConnectionID("unknown"))
                return (missing, try session.connection(id.connection), try session.connection(id.connection))
            }
            #expect(found.0 == nil)
            #expect(found.1?.name == "another")
            #expect(found.2 == found.1)
            #expect(again == 3)
        }
    }

    /// Runs a transaction on a connection of its own.
    private func counting<Result>(
        _ store: PostgresStore, _ kind: Transaction.Kind = .read, _ body: (Transaction) throws -> Result
    ) throws -> (result: Result, flights: Int) {
        let link = try store.connector.connect()
        let before = link.flights
        let transaction = Transaction(kind, on: link, store.context)
        let result = try body(transaction)
        try transaction.commit()
        return (result, link.flights - before)
    }

    private func withPlanted(_ body: (PostgresStore) throws -> Void) async throws {
        try await TestDatabase.with { database in
            let store = try database.open()
            let connection = sample("c1")
            try await store.plant(connection)
            try await store.write {
                for (number, name) in [(UInt8(1), "default"), (2, "second")] {
                    var client = ClientRecord(
                        key: ClientKey(
                            organization: connection.organization, connector: connection.connector, name: name),
                        updatedAt: Timestamp(milliseconds: 1))
                    client.sealedSecrets = ["client_secret": Data([number])]
                    try $0.save(client)
                }
            }
            try body(store)
            try await store.close()
        }
    }
}
