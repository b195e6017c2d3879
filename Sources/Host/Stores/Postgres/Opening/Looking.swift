package import Foundation
package import Model
import StoreContract
import StoreRows

extension PostgresStore {
    /// An entry of the installation in a database that is not opened, nil where there is none or no schema; and the
    /// server's time. Changes nothing.
    package static func look(at url: PostgresURL, for setting: String) throws -> (value: Data?, now: Timestamp) {
        let link = try Link(to: url)
        do {
            let now = try link.fly([Statement("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint")])
            guard let milliseconds = now[0][0].number(0) else { throw StoreError(.corrupt, "the server has no clock") }
            let roles = DatabaseRoles(database: try ServerCheck(link).database())
            let migration = Migration(roles: roles, login: url.user)
            guard try migration.hasSchema(on: link) else { return (nil, Timestamp(milliseconds: milliseconds)) }
            let found = try link.fly([
                Statement("BEGIN READ ONLY"), Statement("SELECT set_config('role', $1, true)", [roles.host]),
                Statement("SELECT value FROM token_manager.setting WHERE name = $1", [setting]), Statement("COMMIT"),
            ])
            return (found[2].count > 0 ? found[2][0].bytes(0) : nil, Timestamp(milliseconds: milliseconds))
        } catch let failure as LinkFailure {
            throw failure.storeError
        }
    }
}
