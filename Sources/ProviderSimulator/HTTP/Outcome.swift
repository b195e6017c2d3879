import Foundation
import Hummingbird
import NIOCore

/// What the provider would say to a call, and the tokens in it, for the faults that change them.
struct Outcome {
    var answer: Answer
    var tokens: TokenAnswer?
}

extension SimulatedProvider {
    /// One call from arrival to answer: counted, logged, delayed, held, worked on, spoiled, sent.
    /// - Parameter call: what a proxy in between calls it, for the log.
    /// - Parameter work: changes the state; given the call's line in the presentation log and the provider's time.
    func run(
        _ operation: Operation, _ parameters: Parameters, clientID: String?, call: String?, on channel: any Channel,
        _ work: (inout ProviderState, Int?, Date) -> Outcome
    ) async throws -> Response {
        let arrival = arrive(operation, parameters, clientID: clientID, call: call)
        let fault = arrival.fault
        var at = GateCall(operation: operation, clientID: clientID, place: .before)

        if arrival.latency?.strikes == .before { await arrival.latency?.delay() }
        await gates.pass(at)
        var answer: Answer
        if let fault, fault.strikes == .before {
            answer = fault.strike(nil, tokens: nil)
        } else {
            let outcome = withState { state, now in work(&state, arrival.sequence, now) }
            at.place = .after
            if arrival.latency?.strikes == .after { await arrival.latency?.delay() }
            await gates.pass(at)
            answer = fault?.strike(outcome.answer, tokens: outcome.tokens) ?? outcome.answer
        }
        leave(arrival, answer)
        return try await AnswerDelivery(provider: self, channel: channel).send(answer, for: at)
    }
}

extension Fault {
    /// Waits as long as the fault says.
    func delay() async {
        try? await Task.sleep(for: .milliseconds(milliseconds ?? 0))
    }
}
