/// A call that arrived: its line in the log, and the faults that will strike it.
struct Arrival: Sendable {
    var sequence: Int?
    var latency: Fault?
    var fault: Fault?
}

extension SimulatedProvider {
    /// Counts and logs a call, and takes the faults meant for it: all at once, in order of arrival.
    func arrive(_ operation: Operation, _ parameters: Parameters, clientID: String?, call: String?) -> Arrival {
        withState { state, now in
            state.statistics.arrived(operation)
            let sequence = state.server.logArrival(
                operation, parameters, clientID: clientID, call: call, now: now)
            let (latency, fault) = state.faults.take(operation, clientID: clientID)
            return Arrival(sequence: sequence, latency: latency, fault: fault)
        }
    }

    /// Closes the call's line. Comes before the first byte of the answer, so that a caller who knows the answer finds
    /// it in the counters, and a call it makes next does not overlap this one.
    func leave(_ arrival: Arrival, _ answer: Answer) {
        withState { state, now in
            state.statistics.left(status: answer.status)
            state.server.log.close(arrival.sequence, answer, fault: arrival.fault?.kind.rawValue, now: now)
        }
    }
}
