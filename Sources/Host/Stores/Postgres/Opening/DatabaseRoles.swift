/// The roles under which statements run (SECURITY.md lines 35, 36). Who logs in is a member of both and does nothing under
/// its own name; the tables belong to whoever migrates.
struct DatabaseRoles: Sendable, Hashable {
    /// For what is asked with an organization: sees the rows of that one, of the few tables that such questions need.
    let organization: String
    /// For the host's own work: schedulers, recovery, and the protocol's steps, which go by id.
    let host: String

    /// Named after the database: a server's databases share their roles.
    init(database: String) {
        organization = database + "_organization"
        host = database + "_host"
    }

    /// A name as it stands in SQL.
    static func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }
}
