import ConnectorSDK
import Foundation
import Logging
import Model
import RefreshProtocol
import ServiceLifecycle
import Spool
import StoreContract

/// Performs steps that are due: those that a refresh has opened, and again those that failed or that a crash has left.
struct StepRunner: Service {
    let pipeline: TokenPipeline
    /// At most as many connections at once.
    private let rounds = Rounds<ConnectionRecord>(.step, atOnce: 32) { reader, organization, limit in
        try reader.connectionsWithDueSteps(of: organization, limit: limit)
    }

    init(pipeline: TokenPipeline) { self.pipeline = pipeline }

    func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            await pass()
            try? await cancelWhenGracefulShutdown {
                try await Task.sleep(for: pipeline.parts.settings.schedulerInterval)
            }
        }
    }

    /// Starts what is due and waits for none of it: one provider that hangs holds up no other.
    private func pass() async {
        guard pipeline.isReady else { return }
        let (rounds, running) = (rounds, pipeline.inFlight.stepping)
        let due = await rounds.next(in: pipeline.parts.store) {
            running.contains($0.id) || pipeline.isLeftToOthers($0.connector)
        }
        for connection in due {
            pipeline.startSteps(of: connection.id, by: .host) { rounds.end(connection) }
        }
    }
}

extension TokenPipeline {
    /// Performs the steps of a connection and waits for them no longer than the soft deadline; they go on after it.
    func settleSteps(of id: ConnectionID, by actor: Actor) async {
        _ = await startSteps(of: id, by: actor).value(within: parts.settings.timing.soft)
    }

    /// - Parameter end: called once, when these are over or others run already.
    @discardableResult
    func startSteps(
        of id: ConnectionID, by actor: Actor, end: @escaping @Sendable () -> Void = {}
    ) -> Pending<Void> {
        let (pending, joined) = inFlight.steps(of: id) {
            // While draining nothing new begins; what is left is done after the next start.
            while self.isReady, await self.performNextStep(of: id, by: actor) {}
            end()
        }
        if joined { end() }
        return pending
    }

    /// Whether another step is due now.
    private func performNextStep(of id: ConnectionID, by actor: Actor) async -> Bool {
        do {
            guard let call = try await dueStep(of: id) else { return false }
            do {
                return try await perform(call, by: actor)
            } catch let busy as PipelineError where CallPlaces.isBusy(busy) {
                // No failure of the step: its provider was not asked.
                try await postponeStep(of: id, by: .seconds(5))
                return false
            } catch {
                guard let failure = StepFailure(error) else { throw error }
                return try await fail(call, failure, by: actor)
            }
        } catch {
            parts.logger.error("a step waits", metadata: ["connection": "\(id)", "code": "\(error)"])
            return false
        }
    }

    private func perform(_ call: StepCall, by actor: Actor) async throws -> Bool {
        // The refresh that brings another one opens the steps again by itself.
        guard call.line.expiresAt.map({ $0 > parts.store.now }) ?? true else {
            throw StepFailure("access_token_past", retryAfter: .seconds(3600))
        }
        if case .claims(let field, _)? = call.afterConnect {
            let claims = try await claims(of: field, for: call, by: actor)
            return try await commit(call.read(claims), of: call, by: actor)
        }
        let request = try call.material.entry.connector.request(call.operation, in: call.material.context)
        let entry = try await ask(request, for: call, named: call.step.description, by: actor)
        let stored = try await storeStep(entry, by: actor)
        await putAway(entry.attempt, keepsRaw: stored.keepsRaw)
        return stored.goesOn
    }
}

extension StepCall {
    /// Lets the connector read claims as it reads an answer's body.
    fileprivate func read(_ claims: [String: JSONValue]) -> Reading {
        let response = ProviderResponse(
            status: 200, headers: [], body: Data(JSONWriter.text(.object(claims)).utf8),
            receivedAt: version.content.receivedAt.milliseconds)
        return material.entry.connector.read(response, to: operation, in: material.context)
    }
}
