import Model
import StoreContract

extension TokenPipeline {
    /// Whether this host does now what one host does for all. Where it is the only one it always does.
    func takesTurn(_ work: String, for lease: Duration) async throws -> Bool {
        guard !parts.store.isExclusive else { return true }
        let host = parts.host
        return try await parts.store.write { try $0.takeTurn(work, by: host, for: lease) }
    }

    /// Does what one host at a time does; where this one dies another may begin within `turnLease`.
    /// - Returns: nil while another host does it.
    func inTurn<Result: Sendable>(_ work: String, _ body: () async throws -> Result) async throws -> Result? {
        guard try await takesTurn(work, for: Self.turnLease) else { return nil }
        guard !parts.store.isExclusive else { return try await body() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            // Missed once, it is still this host's: what is written in the turn asks for it again.
            group.addTask {
                while (try? await Task.sleep(for: Self.turnLease / 3)) != nil {
                    _ = try? await self.takesTurn(work, for: Self.turnLease)
                }
            }
            do {
                let result = try await body()
                await end(work, &group)
                return result
            } catch {
                await end(work, &group)
                throw error
            }
        }
    }

    /// Nothing renews it any more before it is given back.
    private func end(_ work: String, _ group: inout ThrowingTaskGroup<Void, any Error>) async {
        group.cancelAll()
        try? await group.waitForAll()
        let host = parts.host
        try? await parts.store.write { try $0.endTurn(work, of: host) }
    }

    static var turnLease: Duration { .seconds(30) }
}
