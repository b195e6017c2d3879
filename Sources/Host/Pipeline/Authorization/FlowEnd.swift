import ConnectorSDK
import Foundation
import Model
import StoreContract

/// How an authorization ends without a grant, for the store and for callers.
extension TokenPipeline {
    /// A code's authorization is over with its answer, and the store says so: after a crash nobody else does. A device's
    /// may go on, and is ended by its poll.
    func endCode(of flow: FlowRecord, _ problem: PipelineError) async throws {
        guard flow.device == nil else { return }
        let parts = parts
        try await write(flow.connection) { transaction in
            _ = try transaction.end(flow, withoutGrant: "failed:\(problem.code.rawValue)", parts: parts)
        }
    }

    /// A failed exchange as callers see it.
    static func problem(of failure: ProviderFailure?) -> PipelineError {
        var problem = unjudged(failure)
        if case .refused = failure?.disposition { problem.isFinal = true }
        return problem
    }

    private static func unjudged(_ failure: ProviderFailure?) -> PipelineError {
        switch failure?.disposition {
        case .misconfigured:
            PipelineError(
                .clientMisconfigured,
                "The provider refuses the client (\(failure?.code ?? "")): check its id, secret and settings.",
                retryAfter: .seconds(60))
        case .rateLimited(let after):
            PipelineError(
                .providerRateLimited, "The provider limits this client's calls.", retryAfter: after ?? .seconds(5))
        case .retryLater(let after):
            PipelineError(
                .providerUnavailable, "The provider could not answer (\(failure?.code ?? "")).",
                retryAfter: after ?? .seconds(5))
        case .busy, .unclear:
            PipelineError(
                .providerUnavailable, "The provider's answer cannot be read (\(failure?.code ?? "")).",
                retryAfter: failure?.retryAfter ?? .seconds(5))
        case .refused, nil:
            PipelineError(
                .providerError, "The provider refused the grant (\(failure?.code ?? "")).", retryAfter: .seconds(5))
        }
    }
}

extension StoreTransaction {
    /// Writes how a flow ended; what was written first counts.
    /// - Returns: what counts.
    @discardableResult
    func end(_ flow: FlowID, _ result: String) throws -> String {
        guard var current = try self.flow(flow) else { return result }
        if let first = current.result { return first }
        current.result = result
        try update(current)
        return result
    }

    /// The same for one that brought no grant: perhaps the last that its connection waited for, or that kept its rows.
    func end(_ flow: FlowRecord, withoutGrant result: String, parts: PipelineParts) throws -> String {
        let ended = try end(flow.id, result)
        guard let connection = try connection(flow.connection) else { return ended }
        if connection.steps?.awaitsOthers == true { try concludeAuthorizations(of: connection, parts: parts) }
        try eraseIfFinished(connection)
        return ended
    }
}
