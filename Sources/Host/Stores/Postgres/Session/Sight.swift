import Foundation
import Model
import StoreContract
import StoreRows

/// The look whether the store went back (PROTOCOL.md §9), without a lock that writers would wait for.
extension PostgresSession {
    func sight() throws -> StoreSight {
        let found = try rows(
            "SELECT (SELECT value FROM setting WHERE name = 'epoch'), (SELECT last_value FROM mark), \(Self.session)",
            [],
            of: .sight
        ) {
            StoreSight(epoch: try $0.next(), mark: try $0.next(), session: try $0.next())
        }
        guard let sight = found.first else { throw StoreError(.corrupt, "the server gives no sight of the store") }
        return sight
    }

    /// Asked by the server itself, in the same flight as what stands behind it.
    func require(_ sight: StoreSight) throws {
        guard let epoch = sight.epoch else { throw transaction.fail(StoreError.moved) }
        try require(
            "SELECT 1 FROM setting WHERE name = 'epoch' AND value = $1 AND \(Self.session) = $2",
            [epoch, sight.session], orThrow: .moved)
    }

    /// What any role may ask. The start of the server's process: another one after a restart, and on the standby that was
    /// promoted. The database and a table's own number: others after a restore that makes them anew. The timeline is left
    /// out: the control file tells it only after the checkpoint that follows a promotion.
    private static let session = """
        concat_ws('/', extract(epoch FROM pg_postmaster_start_time()),
        (SELECT oid FROM pg_database WHERE datname = current_database()), 'token_manager.mark'::regclass::oid)
        """
}

extension Table {
    fileprivate static let sight = Table("setting", key: ["epoch"], rest: ["mark", "session"])
}
