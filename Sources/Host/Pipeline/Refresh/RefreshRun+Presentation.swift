import ConnectorSDK
import FaultPoints
import Model
import Provider
import RefreshProtocol
import Secrets
import Spool
import StoreContract
import Telemetry

/// One presentation, from the opened refresh token to the bytes that came.
extension RefreshRun {
    /// What is to be presented, as bytes for the wire, with the refresh token that is in it.
    struct Prepared: Sendable {
        let request: WireRequest
        let presented: Secret?
    }

    /// Pure work in memory, so that it can be done while the journal waits for the disk.
    func prepareRequest() -> Result<Prepared, any Error> {
        Result {
            guard let material, let claimed, let version = claimed.current else {
                throw PipelineError(.internal, "nothing to present")
            }
            let tokens = try parts.tokens(of: version, line: claimed)
            let full = material.adding(Material.tokens(tokens))
            let described = try full.entry.connector.request(
                full.operation(from: claimed.generation), in: full.context)
            let request = try RequestAssembly.assemble(described, secrets: full.secrets, now: .wallClock)
            return Prepared(request: request, presented: tokens.refreshToken)
        }
    }

    /// Rows 8–12: one connection of its own, one POST, no retry, no redirect, no cancellation.
    mutating func present(_ budget: WriteBudget) async -> Owner.Event {
        defer { place?.giveBack() }
        let request: WireRequest
        do {
            let prepared = try (prepared ?? prepareRequest()).get()
            (request, presented) = (prepared.request, prepared.presented)
        } catch {
            report.problem = PipelineError(wrapping: error)
            return .notWritten(reason: "request_cannot_be_built")
        }
        guard let material else { return .notWritten(reason: "nothing_to_present") }
        let (gates, admission, parts, epoch) = (pipeline.gates, admission, parts, epoch)
        let presentation = Presentation(
            request, connectTimeout: budget.remaining(at: HostClock.now), hardDeadline: timing.hard,
            mayWrite: {
                FaultPoint.sent.reach()
                // A store that has lost T2 since does not know of it, and others were told of all that this host knew.
                guard budget.allowsWriting(at: HostClock.now), parts.epoch == epoch else { return false }
                return admission.map { gates.calls($0) } ?? true
            },
            onFirstByte: { FaultPoint.firstByte.reach() })
        gates.note(material.gate) { $0.presented(at: $1) }
        let (outcome, times) = await parts.provider.performTimed(presentation)
        return ended(outcome, times, material)
    }

    mutating func ended(
        _ outcome: PresentationOutcome, _ times: PresentationTimes, _ material: Material
    ) -> Owner.Event {
        let name: String
        let event: Owner.Event
        switch outcome {
        case .answer(let response):
            FaultPoint.answerReceived.reach()
            answer = spoolEntry(response, material)
            (name, event) = ("answer", .answered)
        case .notSent(let reason):
            report.failure = ProviderFailure(.retryLater(after: nil), code: "not_sent")
            (name, event) = ("not_sent", .notWritten(reason: reason.code))
        case .broken(let reason, _):
            report.failure = ProviderFailure(.unclear, code: "no_complete_answer")
            (name, event) = ("broken", .broken(reason: reason.code))
        }
        let operation = material.operation(from: claimed?.generation ?? 0).name
        parts.metrics.providerRequests.observe(times.duration, material.definition.id, operation, name)
        return event
    }

    func spoolEntry(_ response: WireResponse, _ material: Material) -> SpoolEntry? {
        guard let claimed, let attempt = claimed.attempt(attempt) else { return nil }
        return SpoolEntry(
            attempt: attempt.id, line: lineID, organization: claimed.organization, grant: attempt.grant,
            generationIn: attempt.generationIn, fence: attempt.fence, kind: .refresh,
            operation: material.operation(from: attempt.generationIn).name, response: response,
            receivedAt: parts.store.now, presented: presented)
    }
}
