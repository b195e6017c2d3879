import ConnectorSDK
import Foundation
import Logging
import Model
import RefreshProtocol
import Secrets
import ServiceLifecycle
import Spool
import StoreContract

/// Asks token endpoints whether a person has allowed a device (RFC 8628 §3.4), no more often than the provider wants.
final class DevicePoller: Service {
    private let pipeline: TokenPipeline
    /// At most as many run at once and begin in one round, whatever else this host has under way.
    private let rounds = Rounds<FlowRecord>(.poll, atOnce: 256, starts: 32) { reader, organization, limit in
        try reader.flowsToPoll(of: organization, limit: limit)
    }

    init(pipeline: TokenPipeline) { self.pipeline = pipeline }

    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                for flow in await due() {
                    group.addTask {
                        await self.pipeline.poll(flow)
                        self.rounds.end(flow)
                    }
                }
                try? await cancelWhenGracefulShutdown {
                    try await Task.sleep(for: self.pipeline.parts.settings.schedulerInterval)
                }
            }
        }
    }

    private func due() async -> [FlowRecord] {
        guard pipeline.isReady else { return [] }
        let pipeline = pipeline
        return await rounds.next(in: pipeline.parts.store) {
            pipeline.inFlight.isRunning(LineID(connection: $0.connection)) || pipeline.isLeftToOthers($0.connector)
        }
    }
}

extension TokenPipeline {
    /// One poll of a device authorization: claimed, presented, spooled before it is read, and stored as an exchange is.
    func poll(_ flow: FlowRecord) async {
        let line = LineID(connection: flow.connection)
        do {
            try await inFlight.exchange(into: line) {
                // An answer that waits in the spool may hold the tokens: it decides first, as in row 1. While draining
                // nothing new begins.
                guard self.isReady, !self.parts.spool.entries.hasEntry(for: line) else { return }
                try await self.pollAdmitted(flow)
            }
        } catch {
            parts.logger.error(
                "a device authorization waits", metadata: ["connection": "\(flow.connection)", "code": "\(error)"])
        }
    }

    /// One poll as far as the client's breaker, its rate limit and its share of calls let it.
    private func pollAdmitted(_ flow: FlowRecord) async throws {
        let client = parts.gate(of: flow)
        let place = try? await place(for: client, by: .host)
        var admission = try await gates.askPoll(
            client, rules: try? parts.connectors.entry(flow.connector).definition)
        let busyUntil = place == nil ? parts.store.now + .seconds(2) : nil
        let claimed: PollClaim?
        do {
            claimed = try await claimPoll(
                flow.id, of: flow.connection, client, heldUntil: admission.heldUntil ?? busyUntil)
        } catch {
            gates.giveBack(admission)
            throw error
        }
        guard let claimed, let place else { return gates.giveBack(admission) }
        gates.follow(claimed.shared, into: &admission)
        // No presentation to the breaker: polls are so many that the refusals of refreshes would not stand out among them.
        let end: PollEnd
        do {
            end = try await polled(claimed.flow, claimed.device, admission, in: place)
        } catch {
            gates.giveBack(admission)
            await returnProbe(admission)
            // Nothing was asked, and the codes may end before the claim of this poll does.
            if Self.mayPass(error) {
                try await finish(claimed.flow, .again(interval: claimed.device.interval, after: .zero))
            }
            throw error
        }
        try await finish(claimed.flow, end)
    }

    /// What follows a poll.
    private enum PollEnd: Sendable {
        case connected
        case again(interval: Duration, after: Duration)
        /// Nothing can come any more; the code that says why.
        case over(String)

        /// The same, with what the provider asked for beside it.
        func noSooner(than wait: Duration?) -> PollEnd {
            guard case .again(let interval, let after) = self, let wait else { return self }
            return .again(interval: interval, after: max(after, wait))
        }
    }

    /// A poll that no other host begins until this one must have ended.
    private struct PollClaim: Sendable {
        let flow: FlowRecord
        let device: FlowRecord.Device
        /// What the breaker of all hosts said; nil: there is none.
        var shared: SharedAdmission.Decision?
    }

    private func claimPoll(
        _ id: FlowID, of connection: ConnectionID, _ client: ClientKey, heldUntil: Timestamp?
    ) async throws -> PollClaim? {
        try await decidingAgain { try await takePoll(id, of: connection, client, heldUntil: heldUntil) }
    }

    /// Nil: there is nothing to ask, or not yet.
    private func takePoll(
        _ id: FlowID, of connection: ConnectionID, _ client: ClientKey, heldUntil: Timestamp?
    ) async throws -> PollClaim? {
        let timing = parts.settings.timing
        let parts = parts
        let longest = timing.sendWindow + timing.hard + timing.commitBudget
        return try await write(connection) { transaction -> PollClaim? in
            let question = parts.store.isExclusive ? nil : try SharedAdmission(client, in: transaction)
            let now = transaction.now
            guard var flow = try transaction.flow(id), flow.result == nil, var device = flow.device,
                device.pollAt <= now, let connection = try transaction.connection(flow.connection)
            else { return nil }
            guard connection.deletedAt == nil,
                try transaction.line(LineID(connection: connection.id))?.state != .revoked
            else {
                try transaction.end(id, "failed:revoked")
                try transaction.eraseIfFinished(connection)
                return nil
            }
            guard flow.expiresAt > now else {
                try transaction.endDevice(flow, connection, "expired_token", parts: parts)
                return nil
            }
            var shared = try question?.decided(at: now, longest: timing.lease)
            if let heldUntil = heldUntil ?? shared?.openUntil {
                device.pollAt = min(max(heldUntil, now + .seconds(1)), flow.expiresAt)
                flow.device = device
                try transaction.update(flow)
                return nil
            }
            let enabled = try transaction.isEnabled(connector: flow.connector, organization: flow.organization)
            // Its end is noticed as soon as it is there, whatever the provider asked to wait.
            device.pollAt = min(now + device.interval, flow.expiresAt) + (enabled ? longest : .zero)
            flow.device = device
            // An answer may come from now on: nothing of the connection is erased before it.
            flow.usedAt = now
            try transaction.update(flow)
            guard enabled else { return nil }
            try shared?.take(for: client, in: transaction)
            return PollClaim(flow: flow, device: device, shared: shared)
        }
    }

    private func polled(
        _ flow: FlowRecord, _ device: FlowRecord.Device, _ admission: ClientGates.Admission, in place: CallPlace
    ) async throws -> PollEnd {
        let slower = PollEnd.again(
            interval: max(device.interval, min(device.interval * 2, .seconds(60))), after: .zero)
        let (claimedAt, window, gates) = (HostClock.now, parts.settings.timing.sendWindow, gates)
        try await parts.keyRing.prepare(flow.organization)
        let entry: SpoolEntry
        do {
            entry = try await present(
                ["device_code": try openDeviceCode(device, flow)], flow: flow, in: place,
                mayWrite: {
                    guard HostClock.now - claimedAt <= window else { return false }
                    return gates.calls(admission)
                })
        } catch let error as PipelineError where error.code == .providerUnavailable {
            // RFC 8628 §3.5: after a time-out the host has to slow down by itself.
            await returnProbe(admission)
            return slower
        } catch let error as PipelineError where Self.endings.contains(error.code) {
            gates.giveBack(admission)
            await returnProbe(admission)
            return .over(error.code.rawValue)
        }
        let end = try await keepAndStore(entry, flow: flow.id, actor: .host)
        await putAway(entry.attempt, keepsRaw: end.keepsRaw)
        if let failure = end.failure {
            if Self.decisions.contains(failure.code) {
                gates.passed(admission)
                if admission.breaker == .probe { await shareSuccess(admission.client, evenUnknown: true) }
            } else if ![.misconfigured, .busy, .unclear].contains(failure.disposition) {
                await returnProbe(admission)
            }
        }
        switch (end.result, end.failure) {
        case (.success, _): return .connected
        case (.failure(let problem), nil): return .over(problem.code.rawValue)
        case (.failure, let failure?): return Self.next(failure, device, slower)
        }
    }

    /// Answers about the person (RFC 8628 §3.5): the provider took the client.
    private static let decisions: Set = ["authorization_pending", "slow_down", "access_denied", "expired_token"]

    /// What does not pass by itself; all else that is ours (store, keys, a definition that is held back) is tried again
    /// until the codes end.
    private static let endings: Set<PipelineError.Code> = [.invalidState, .notConfigured, .hostsNotConfigured]

    // RFC 8628 §3.5.
    private static func next(_ failure: ProviderFailure, _ device: FlowRecord.Device, _ slower: PollEnd) -> PollEnd {
        switch failure.disposition {
        case .retryLater(let after), .rateLimited(let after):
            let interval = failure.code == "slow_down" ? device.interval + .seconds(5) : device.interval
            return .again(interval: interval, after: after ?? .zero)
        case .busy, .unclear: return slower.noSooner(than: failure.retryAfter)
        case .refused, .misconfigured: return .over(failure.code)
        }
    }

    /// Stores what follows, and asks again of a store that is away, as T3 does: a poll is claimed for longer than it can
    /// take, and the codes may end before that.
    private func finish(_ flow: FlowRecord, _ end: PollEnd) async throws {
        let claim = flow.device.map { $0.pollAt - $0.interval } ?? parts.store.now
        while true {
            do { return try await store(end, of: flow) } catch {
                guard Self.mayPass(error), parts.store.now < claim else { throw error }
                parts.logger.error(
                    "a poll cannot be stored", metadata: ["connection": "\(flow.connection)", "code": "\(error)"])
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// The store or the keys are away. An answer that waits in the spool is stored from there.
    private static func mayPass(_ error: any Error) -> Bool {
        guard !(error is AnswerWaits) else { return false }
        return [.storeUnavailable, .keysUnavailable].contains(PipelineError(wrapping: error).code)
    }

    private func store(_ end: PollEnd, of flow: FlowRecord) async throws {
        let parts = parts
        switch end {
        case .connected: startSteps(of: flow.connection, by: .host)
        case .again(let interval, let after):
            try await parts.store.write { transaction in
                // Not where another host has begun a later poll: this one would be followed by a third beside it.
                guard var current = try transaction.flow(flow.id), current.result == nil,
                    current.device?.pollAt == flow.device?.pollAt
                else { return }
                current.device?.interval = interval
                current.device?.pollAt = min(transaction.now + max(interval, after), current.expiresAt)
                try transaction.update(current)
            }
        case .over(let code):
            try await write(flow.connection) { transaction in
                guard let connection = try transaction.connection(flow.connection) else { return }
                try transaction.endDevice(flow, connection, code, parts: parts)
            }
        }
    }
}
