import Audit
import Model
import Secrets
import Spool
import StoreContract
import Threads

/// The second half: what is stored goes, then what lies beside.
extension OrganizationDeletion {
    /// Rows go in small transactions, so that others can write between them; the keys and the rest in the last one.
    /// Connections whose providers were not told are named as they go, and counted with the rows: nobody can ask later.
    /// - Returns: how many these are, earlier tries included.
    func erase() async throws -> Int64 {
        var page: [ConnectionRecord]
        repeat {
            try requireWorking()
            page = try await change { transaction in
                try requireTurn(transaction)
                let page = try transaction.connections(of: organization, after: nil, limit: 100)
                for connection in page {
                    if connection.revocation == .pending {
                        try transaction.audit(
                            .of(caller, "revocation_given_up", connection, at: transaction.now), parts: parts)
                    }
                    try transaction.erase(connection.id)
                }
                if var end = try transaction.end(of: organization) {
                    end.givenUp += Int64(page.count { $0.revocation == .pending })
                    try transaction.save(end)
                }
                return page
            }
            notRevoked(page.filter { $0.revocation == .pending })
        } while !page.isEmpty
        return try await change { transaction in
            try requireTurn(transaction)
            guard var end = try transaction.end(of: organization) else { return 0 }
            try transaction.erase(organization)
            // Said once, whoever repeats it.
            guard end.erasedAt == nil else { return end.givenUp }
            end.erasedAt = transaction.now
            try transaction.save(end)
            try transaction.audit(
                record("organization_erase", "\(end.givenUp) not revoked", at: transaction.now), parts: parts)
            return end.givenUp
        }
    }

    /// What lies beside the tables: memory, spool, the store's own files.
    func clean() async throws {
        let parts = parts
        await parts.keyRing.forget(organization)
        pipeline.cache.clear()
        try await pipeline.wrapping {
            try await WaitingThreads.run { try parts.spool.entries.erase(organization) }
            do { try await parts.store.scrub() } catch let error as StoreError {
                throw PipelineError(
                    .storeUnavailable,
                    "All is erased, but traces of it are in the store's files yet: \(error). Run it again.")
            }
        }
        try await change { transaction in
            guard var end = try transaction.end(of: organization) else { return }
            end.endedAt = transaction.now
            try transaction.save(end)
        }
    }
}
