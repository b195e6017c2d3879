import Model
import PostgresServer
import PostgresStore

extension TestDatabase {
    /// Opens the store as a host of that name does.
    func open(_ url: String? = nil, as host: String = "host_1", connections: Int = 8) throws -> PostgresStore {
        try PostgresStore.open(
            PostgresURL(url ?? self.url), migrating: PostgresURL(migrationURL),
            as: Holder(host: HostID(host), heartbeat: .seconds(10)), connections: connections)
    }
}
