import ConnectorSDK
import Foundation
import Model
import Settings
import StoreContract

#if Postgres
    import PostgresStore
#endif

/// The way to a database of `STORE_URL` on PostgreSQL, in a build that has it. Each waits for the server on the thread that
/// asks, which is for the start of a host or a command, as SQLite's opening is.
struct PostgresAccess {
    private let addresses: HostSettings.Postgres

    init(_ addresses: HostSettings.Postgres) { self.addresses = addresses }

    #if Postgres
        /// An entry of the installation, and the server's time. Changes nothing.
        func look(for setting: String) async throws -> (value: Data?, now: Timestamp) {
            try PostgresStore.look(at: try url, for: setting)
        }

        /// For a host's work, beside other hosts'.
        func open() async throws -> any Store {
            try PostgresStore.open(try url, migrating: try migrationURL, for: .work)
        }

        /// For reading, beside a host or without one.
        func openForReading() async throws -> any Store {
            try PostgresStore.open(try url, migrating: try migrationURL, for: .reading)
        }

        /// Brings the schema up to date, also while a host works with it.
        func migrate() async throws {
            try PostgresStore.migrate(try url, migrating: try migrationURL)
        }

        /// What is shown of it.
        var name: String { (try? url.description) ?? "STORE_URL" }

        /// Which database it is, whoever logs in.
        var place: String { get throws { try url.place } }

        private var url: PostgresURL { get throws { try Self.read(addresses.url, "STORE_URL") } }

        private var migrationURL: PostgresURL? {
            get throws {
                guard let text = addresses.migrationURL else { return nil }
                let migrating = try Self.read(text, "STORE_MIGRATION_URL")
                guard migrating.isSameDatabase(as: try url) else {
                    throw StartFailure(
                        "STORE_MIGRATION_URL: it names another database than STORE_URL; name the same as another role",
                        code: .wrongUsage)
                }
                return migrating
            }
        }

        private static func read(_ text: Secret, _ setting: String) throws -> PostgresURL {
            do { return try PostgresURL(text.reveal()) } catch let error as StoreError {
                throw StartFailure("\(setting): \(error.detail)", code: .wrongUsage)
            }
        }
    #else
        func look(for setting: String) async throws -> (value: Data?, now: Timestamp) { throw Self.absent }
        func open() async throws -> any Store { throw Self.absent }
        func openForReading() async throws -> any Store { throw Self.absent }
        func migrate() async throws { throw Self.absent }
        var name: String { "STORE_URL" }
        var place: String { get throws { throw Self.absent } }

        private static let absent = StartFailure(
            "STORE_URL: the store on PostgreSQL is not in this build; use sqlite:PATH, or build with the trait Postgres",
            code: .wrongUsage)
    #endif
}
