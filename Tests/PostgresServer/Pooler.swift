import Foundation

/// pgbouncer in front of a server, in transaction pooling: each transaction may run on another of a few sessions.
package final class Pooler: Sendable {
    package let port: Int
    private let folder: String
    private let guardian: Guardian

    /// The one of this process, in front of the shared server.
    package static let shared: Pooler = {
        do { return try Pooler(before: .shared) } catch { fatalError("pgbouncer does not start: \(error)") }
    }()

    package init(before server: PostgresServer) throws {
        port = try PostgresServer.freePort()
        folder = server.folder
        let settings = """
            [databases]
            * = host=127.0.0.1 port=\(server.port) auth_user=postgres
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(port)
            unix_socket_dir =
            auth_type = trust
            auth_file = \(folder)/users
            pool_mode = transaction
            default_pool_size = 6
            max_client_conn = 500
            """
        try Data(settings.utf8).write(to: URL(fileURLWithPath: folder + "/pooler.ini"))
        try Data(#""postgres" """#.utf8).write(to: URL(fileURLWithPath: folder + "/users"))
        guardian = try Guardian(
            PostgresServer.asUser(["/usr/sbin/pgbouncer", "-q", folder + "/pooler.ini"]), log: folder + "/pooler.log",
            folder: folder)
        let deadline = Date(timeIntervalSinceNow: 30)
        while (try? server.sql("SELECT 1", port: port)) == nil {
            guard Date() < deadline else {
                throw PostgresServer.Failure(
                    "no connection: " + ((try? String(contentsOfFile: folder + "/pooler.log", encoding: .utf8)) ?? ""))
            }
            usleep(20_000)
        }
    }
}
